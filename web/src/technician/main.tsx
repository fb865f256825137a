import './technician.css';
