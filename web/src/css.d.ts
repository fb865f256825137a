// Style sheets are bundled; in tests they are read as text.
declare module '*.css' {
  const text: string;
  export default text;
}
