// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ConsistencyProof} from "./ConsistencyProof.sol";

/**
 * @title Anchors of append-only logs
 * @notice Keeps, for each log, the Merkle roots that its anchorer has published, and accepts a new
 * one only together with a proof that it extends the last. A log that was rewritten can therefore
 * not be anchored, whoever holds the anchorer's key.
 *
 * A log is named by the SHA-256 of its origin. Its owner (one cold key for the whole registry) names
 * the anchorer, and may disavow the last anchor after a theft of that key. A disavowed anchor
 *
 * - stays readable for ever, marked as such, and its size is never used again;
 * - is no base: the next anchor must be larger than, and extend, the last anchor that *stands*, and
 *   when none is left it is a first anchor again. So a thief who anchored an absurdly large size
 *   cannot block the log, and nothing needs to extend a root that was a lie.
 */
contract AnchorRegistry is Ownable2Step {
    /// @dev One slot: 20 + 8 bytes.
    struct Log {
        address anchorer;
        uint64 latest;
    }

    /// @dev Three slots: 32, 32, and 8 + 8 + 1 bytes.
    struct Anchor {
        bytes32 root;
        bytes32 chainHead;
        uint64 previous;
        uint64 blockNumber;
        bool disavowed;
    }

    mapping(bytes32 log => Log) private _logs;
    mapping(bytes32 log => mapping(uint64 size => Anchor)) private _anchors;

    /// @notice A log was given its first anchorer.
    event Registered(bytes32 indexed log, address indexed anchorer);

    /// @notice From now on `anchorer` publishes the roots of `log`.
    event AnchorerChanged(
        bytes32 indexed log, address indexed previousAnchorer, address indexed anchorer
    );

    /// @notice The first `size` events of `log` have this Merkle root and this chain head.
    event Anchored(bytes32 indexed log, uint64 indexed size, bytes32 root, bytes32 chainHead);

    /// @notice The owner takes back the anchor of `log` at `size`.
    event Disavowed(bytes32 indexed log, uint64 indexed size, bytes32 root);

    /// @notice The log has no anchorer yet.
    error AnchorUnknownLog(bytes32 log);

    /// @notice The log has an anchorer already; `setAnchorer` changes it.
    error AnchorLogRegistered(bytes32 log, address anchorer);

    /// @notice Nobody holds the key of the zero address.
    error AnchorInvalidAnchorer(bytes32 log);

    /// @notice Only the log's anchorer publishes its roots.
    error AnchorUnauthorized(bytes32 log, address caller, address anchorer);

    /// @notice A new anchor must be larger than the last one that stands (0: than none).
    error AnchorSizeNotLarger(bytes32 log, uint64 size, uint64 latest);

    /// @notice Another root or chain head stands at this size.
    error AnchorConflict(bytes32 log, uint64 size, bytes32 recordedRoot, bytes32 root);

    /// @notice The anchor at this size was disavowed; the size stays unused.
    error AnchorSizeDisavowed(bytes32 log, uint64 size);

    /// @notice The path does not show that the root at `size` extends the one at `latest`.
    error AnchorInconsistent(bytes32 log, uint64 latest, uint64 size, uint256 pathLength);

    /// @notice Only the last anchor that stands can be disavowed.
    error AnchorNotLatest(bytes32 log, uint64 size, uint64 latest);

    /// @param owner The cold key that registers logs, names anchorers and disavows.
    constructor(address owner) Ownable(owner) {}

    /// @notice Opens `log` for anchors by `anchorer`; once for each log.
    function register(bytes32 log, address anchorer) external onlyOwner {
        if (anchorer == address(0)) revert AnchorInvalidAnchorer(log);
        address present = _logs[log].anchorer;
        if (present != address(0)) revert AnchorLogRegistered(log, present);
        _logs[log].anchorer = anchorer;
        emit Registered(log, anchorer);
    }

    /// @notice Puts another key in the place of the anchorer; earlier anchors stand.
    function setAnchorer(bytes32 log, address anchorer) external onlyOwner {
        if (anchorer == address(0)) revert AnchorInvalidAnchorer(log);
        address present = _logs[log].anchorer;
        if (present == address(0)) revert AnchorUnknownLog(log);
        _logs[log].anchorer = anchorer;
        emit AnchorerChanged(log, present, anchorer);
    }

    /**
     * @notice Publishes the root and chain head of the first `size` events of `log`.
     *
     * Repeating the last anchor that stands, with the same values and any path, changes nothing and
     * emits the same event again: a writer that is not sure whether its first try went through may
     * send another, and the receipt of either is evidence. An earlier one is not said again.
     * @param consistency Path from the last anchor that stands to this one (RFC 9162, 2.1.4.1);
     * empty for a first anchor.
     */
    function anchor(
        bytes32 log,
        uint64 size,
        bytes32 root,
        bytes32 chainHead,
        bytes32[] calldata consistency
    ) external {
        Log storage entry = _logs[log];
        _checkAnchorer(log, entry.anchorer);
        if (!_repeats(log, size, root, chainHead)) {
            uint64 latestSize = entry.latest;
            _checkExtends(log, latestSize, size, root, consistency);
            _anchors[log][size] = Anchor({
                root: root,
                chainHead: chainHead,
                previous: latestSize,
                blockNumber: uint64(block.number),
                disavowed: false
            });
            entry.latest = size;
        }
        emit Anchored(log, size, root, chainHead);
    }

    /**
     * @notice Takes back the last anchor of `log` that stands, which must be the one at `size`.
     *
     * The anchor before it is the last again, and may be disavowed in turn.
     */
    function disavow(bytes32 log, uint64 size) external onlyOwner {
        uint64 latestSize = _logs[log].latest;
        if (size == 0 || size != latestSize) revert AnchorNotLatest(log, size, latestSize);
        Anchor storage taken = _anchors[log][size];
        taken.disavowed = true;
        _logs[log].latest = taken.previous;
        emit Disavowed(log, size, taken.root);
    }

    /// @notice Who may anchor `log`; the zero address when it is not registered.
    function anchorerOf(bytes32 log) external view returns (address) {
        return _logs[log].anchorer;
    }

    /// @notice The last anchor of `log` that stands; zeros when there is none.
    function latest(bytes32 log)
        external
        view
        returns (uint64 size, bytes32 root, bytes32 chainHead, uint64 blockNumber)
    {
        size = _logs[log].latest;
        Anchor storage last = _anchors[log][size];
        return (size, last.root, last.chainHead, last.blockNumber);
    }

    /// @notice The anchor of `log` at `size`, standing or disavowed; block 0 when there is none.
    function anchorAt(bytes32 log, uint64 size)
        external
        view
        returns (bytes32 root, bytes32 chainHead, uint64 blockNumber, bool disavowed)
    {
        Anchor storage found = _anchors[log][size];
        return (found.root, found.chainHead, found.blockNumber, found.disavowed);
    }

    function _checkAnchorer(bytes32 log, address anchorer) private view {
        if (anchorer == address(0)) revert AnchorUnknownLog(log);
        if (msg.sender != anchorer) revert AnchorUnauthorized(log, msg.sender, anchorer);
    }

    /// @dev Whether this is the last anchor again; refuses any other size that was anchored before.
    function _repeats(bytes32 log, uint64 size, bytes32 root, bytes32 chainHead)
        private
        view
        returns (bool)
    {
        Anchor storage found = _anchors[log][size];
        if (found.blockNumber == 0) return false;
        if (found.disavowed) revert AnchorSizeDisavowed(log, size);
        if (found.root != root || found.chainHead != chainHead) {
            revert AnchorConflict(log, size, found.root, root);
        }
        uint64 latestSize = _logs[log].latest;
        if (size != latestSize) revert AnchorSizeNotLarger(log, size, latestSize);
        return true;
    }

    function _checkExtends(
        bytes32 log,
        uint64 latestSize,
        uint64 size,
        bytes32 root,
        bytes32[] calldata consistency
    ) private view {
        if (size <= latestSize) revert AnchorSizeNotLarger(log, size, latestSize);
        bool extends = latestSize == 0
            ? consistency.length == 0
            : ConsistencyProof.verify(
                latestSize, _anchors[log][latestSize].root, size, root, consistency
            );
        if (!extends) revert AnchorInconsistent(log, latestSize, size, consistency.length);
    }
}
