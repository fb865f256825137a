// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Maintenance orders that are executed once enough of the listed authorities approve.
///
/// One station proposes; each authority decides once, by the digest of the very proposal it read. There is no owner,
/// no way to change the list, the threshold or the code, and nothing here takes ether. To change any of them, deploy
/// another book.
contract OrderBook {
    enum State { none, proposed, executed, refused }
    enum Decision { none, approved, refused }

    struct Order {
        bytes32 proposalDigest; // SHA-256 of the proposal's text
        bytes32 dataRoot; // SHA-256 of the evidence's manifest
        uint64 expires; // seconds since 1970; in that second it may still be decided
        uint32 approvals;
        uint32 refusals;
        State state;
    }

    event Proposed(bytes32 indexed orderId, bytes32 proposalDigest, bytes32 dataRoot, uint64 expires);
    event Approved(bytes32 indexed orderId, bytes32 proposalDigest, address indexed authority);
    event Refused(bytes32 indexed orderId, bytes32 proposalDigest, address indexed authority);
    event Executed(bytes32 indexed orderId, bytes32 proposalDigest, bytes32 dataRoot);

    error BadSetup();
    error NotStation();
    error NotAuthority();
    error AlreadyProposed();
    error NotOpen();
    error OtherProposal();
    error AlreadyDecided();
    error Expired();

    address public immutable station;
    uint256 public immutable threshold;
    address[] private list;
    mapping(address => bool) public isAuthority;
    mapping(bytes32 => Order) public orders;
    mapping(bytes32 => mapping(address => Decision)) public decisions;

    constructor(address[] memory authorities_, uint256 threshold_, address station_) {
        if (threshold_ == 0 || threshold_ > authorities_.length || authorities_.length > 255) revert BadSetup();
        if (station_ == address(0)) revert BadSetup();
        for (uint256 i = 0; i < authorities_.length; ++i) {
            if (authorities_[i] == address(0) || isAuthority[authorities_[i]]) revert BadSetup();
            isAuthority[authorities_[i]] = true;
        }
        (list, threshold, station) = (authorities_, threshold_, station_);
    }

    function authorities() external view returns (address[] memory) {
        return list;
    }

    function propose(bytes32 orderId, bytes32 proposalDigest, bytes32 dataRoot, uint64 expires) external {
        if (msg.sender != station) revert NotStation();
        if (orders[orderId].state != State.none) revert AlreadyProposed();
        if (block.timestamp > expires) revert Expired();
        orders[orderId] = Order(proposalDigest, dataRoot, expires, 0, 0, State.proposed);
        emit Proposed(orderId, proposalDigest, dataRoot, expires);
    }

    function approve(bytes32 orderId, bytes32 proposalDigest) external {
        Order storage order = decide(orderId, proposalDigest, Decision.approved);
        emit Approved(orderId, proposalDigest, msg.sender);
        if (++order.approvals < threshold) return;
        order.state = State.executed;
        emit Executed(orderId, proposalDigest, order.dataRoot);
    }

    /// So many refusals that the threshold is out of reach close the order.
    function refuse(bytes32 orderId, bytes32 proposalDigest) external {
        Order storage order = decide(orderId, proposalDigest, Decision.refused);
        emit Refused(orderId, proposalDigest, msg.sender);
        if (++order.refusals > list.length - threshold) order.state = State.refused;
    }

    function decide(bytes32 orderId, bytes32 digest, Decision decision) private returns (Order storage order) {
        if (!isAuthority[msg.sender]) revert NotAuthority();
        order = orders[orderId];
        if (order.proposalDigest != digest && order.state != State.none) revert OtherProposal();
        if (decisions[orderId][msg.sender] != Decision.none) revert AlreadyDecided();
        if (order.state != State.proposed) revert NotOpen();
        if (block.timestamp > order.expires) revert Expired();
        decisions[orderId][msg.sender] = decision;
    }
}
