// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {MerkleOracle} from "./MerkleOracle.sol";
import {Testing} from "./Testing.sol";

contract AnchorRegistryTest is Testing {
    // Not constant: SHA-256 is a call of a precompile, which a cheatcode would take for the call
    // that it is about. For the same reason arguments are computed before a cheatcode is set.
    bytes32 private immutable LOG = sha256("tallystick.example/main");
    bytes32 private immutable OTHER = sha256("tallystick.example/other");
    address private constant OWNER = address(0xA11CE);
    address private constant ANCHORER = address(0xB0B);
    address private constant STRANGER = address(0xBAD);
    uint256 private constant LARGEST = 40;

    AnchorRegistry private _registry;
    bytes[] private _leaves;
    bytes private _refusal;

    function setUp() public {
        _registry = new AnchorRegistry(OWNER);
        CHEATS.prank(OWNER);
        _registry.register(LOG, ANCHORER);
        for (uint256 i = 0; i < LARGEST; ++i) {
            _leaves.push(bytes.concat(_head(uint64(i + 1))));
        }
    }

    // Registration

    function testRegistrationIsAnnouncedAndHappensOnce() public {
        CHEATS.expectEmit(true, true, true, true, address(_registry));
        emit AnchorRegistry.Registered(OTHER, ANCHORER);
        CHEATS.prank(OWNER);
        _registry.register(OTHER, ANCHORER);
        assertTrue("known", _registry.anchorerOf(OTHER) == ANCHORER);
        _expect(abi.encodeWithSelector(AnchorRegistry.AnchorLogRegistered.selector, LOG, ANCHORER));
        CHEATS.prank(OWNER);
        _registry.register(LOG, STRANGER);
    }

    function testOnlyTheOwnerRegistersNamesAndDisavows() public {
        bytes memory refusal =
            abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ANCHORER);
        _anchor(5, 0);
        _expect(refusal);
        CHEATS.prank(ANCHORER);
        _registry.register(OTHER, ANCHORER);
        _expect(refusal);
        CHEATS.prank(ANCHORER);
        _registry.setAnchorer(LOG, ANCHORER);
        _expect(refusal);
        CHEATS.prank(ANCHORER);
        _registry.disavow(LOG, 5);
    }

    function testNobodyIsNoAnchorer() public {
        bytes memory refusal =
            abi.encodeWithSelector(AnchorRegistry.AnchorInvalidAnchorer.selector, LOG);
        _expect(refusal);
        CHEATS.prank(OWNER);
        _registry.setAnchorer(LOG, address(0));
        _expect(refusal);
        CHEATS.prank(OWNER);
        _registry.register(LOG, address(0));
    }

    function testTheAnchorerIsReplacedAndTheOldOneLosesItsRight() public {
        _anchor(5, 0);
        CHEATS.expectEmit(true, true, true, true, address(_registry));
        emit AnchorRegistry.AnchorerChanged(LOG, ANCHORER, STRANGER);
        CHEATS.prank(OWNER);
        _registry.setAnchorer(LOG, STRANGER);
        _expectLater(
            abi.encodeWithSelector(
                AnchorRegistry.AnchorUnauthorized.selector, LOG, ANCHORER, STRANGER
            )
        );
        _anchor(9, 5);
        _anchorAs(STRANGER, 9, _root(9), _path(5, 9));
        _assertLatest(9);
    }

    function testAnUnknownLogHasNoAnchorer() public {
        bytes memory refusal =
            abi.encodeWithSelector(AnchorRegistry.AnchorUnknownLog.selector, OTHER);
        _expect(refusal);
        CHEATS.prank(OWNER);
        _registry.setAnchorer(OTHER, ANCHORER);
        _expect(refusal);
        CHEATS.prank(ANCHORER);
        _registry.anchor(OTHER, 1, OTHER, OTHER, new bytes32[](0));
    }

    // Anchors

    function testAFirstAnchorIsReadBackAndAnnounced() public {
        CHEATS.roll(1234);
        _anchorAnnounced(5);
        (bytes32 root, bytes32 head, uint64 height, bool disavowed) = _registry.anchorAt(LOG, 5);
        assertEqual("root", root, _root(5));
        assertEqual("head", head, _head(5));
        assertEqual("block", height, 1234);
        assertTrue("stands", !disavowed);
        _assertLatest(5);
    }

    function testAFirstAnchorTakesNoPathAndNoEmptyLog() public {
        _expectInconsistent(0, 5, 1);
        _anchorAs(ANCHORER, 5, _root(5), new bytes32[](1));
        _expectLater(abi.encodeWithSelector(AnchorRegistry.AnchorSizeNotLarger.selector, LOG, 0, 0));
        _anchorAs(ANCHORER, 0, bytes32(0), new bytes32[](0));
    }

    function testFuzzALogGrowsByAnySteps(uint256 a, uint256 b, uint256 c) public {
        uint64 first = uint64(within(a, 1, LARGEST - 2));
        uint64 second = uint64(within(b, first + 1, LARGEST - 1));
        uint64 third = uint64(within(c, second + 1, LARGEST));
        _anchor(first, 0);
        _anchor(second, first);
        _anchor(third, second);
        _assertLatest(third);
    }

    function testFuzzNoSmallerSizeIsTaken(uint256 a, uint256 b) public {
        uint64 size = uint64(within(a, 2, LARGEST));
        uint64 smaller = uint64(within(b, 0, size - 1));
        _anchor(size, 0);
        _expectLater(
            abi.encodeWithSelector(AnchorRegistry.AnchorSizeNotLarger.selector, LOG, smaller, size)
        );
        _anchorAs(ANCHORER, smaller, bytes32(0), new bytes32[](0));
    }

    function testFuzzARewrittenLogIsRefused(uint256 a, uint256 b, uint256 where) public {
        uint64 first = uint64(within(a, 1, LARGEST - 1));
        uint64 second = uint64(within(b, first + 1, LARGEST));
        _anchor(first, 0);
        _leaves[where % first] = "rewritten";
        bytes32[] memory path = _path(first, second);
        bytes32 root = _root(second);
        _expectInconsistent(first, second, path.length);
        _anchorAs(ANCHORER, second, root, path);
    }

    function testFuzzAPathWithAnElementMoreOrLessIsRefused(uint256 a, uint256 b, bytes32 noise)
        public
    {
        uint64 first = uint64(within(a, 1, LARGEST - 1));
        uint64 second = uint64(within(b, first + 1, LARGEST));
        _anchor(first, 0);
        bytes32 root = _root(second);
        bytes32[] memory path = _path(first, second);
        _expectInconsistent(first, second, path.length + 1);
        _anchorAs(ANCHORER, second, root, MerkleOracle.append(path, noise));
        bytes32[] memory shorter = new bytes32[](path.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = path[i];
        }
        _expectInconsistent(first, second, shorter.length);
        _anchorAs(ANCHORER, second, root, shorter);
        _assertLatest(first);
    }

    function testARepeatOfTheLastChangesNothingAndIsAnnouncedAgain() public {
        CHEATS.roll(100);
        _anchor(5, 0);
        CHEATS.roll(200);
        _anchorAnnounced(5);
        (,, uint64 height,) = _registry.anchorAt(LOG, 5);
        assertEqual("block of the first", height, 100);
        _assertLatest(5);
    }

    function testAnEarlierAnchorIsNotSaidAgain() public {
        _anchor(5, 0);
        _anchor(9, 5);
        _expectLater(abi.encodeWithSelector(AnchorRegistry.AnchorSizeNotLarger.selector, LOG, 5, 9));
        _anchor(5, 0);
        _assertLatest(9);
    }

    function testAnotherRootOrHeadOfTheSameSizeIsAConflict() public {
        _anchor(5, 0);
        bytes32 root = _root(5);
        _expectLater(
            abi.encodeWithSelector(AnchorRegistry.AnchorConflict.selector, LOG, 5, root, OTHER)
        );
        _anchorAs(ANCHORER, 5, OTHER, new bytes32[](0));
        _expect(abi.encodeWithSelector(AnchorRegistry.AnchorConflict.selector, LOG, 5, root, root));
        CHEATS.prank(ANCHORER);
        _registry.anchor(LOG, 5, root, OTHER, new bytes32[](0));
    }

    function testFuzzOnlyTheAnchorerAnchors(address caller) public {
        CHEATS.assume(caller != ANCHORER);
        bytes32 root = _root(5);
        _expectLater(
            abi.encodeWithSelector(
                AnchorRegistry.AnchorUnauthorized.selector, LOG, caller, ANCHORER
            )
        );
        _anchorAs(caller, 5, root, new bytes32[](0));
    }

    function testLogsDoNotTouchEachOther() public {
        CHEATS.prank(OWNER);
        _registry.register(OTHER, ANCHORER);
        _anchor(9, 0);
        bytes32 root = _root(3);
        CHEATS.prank(ANCHORER);
        _registry.anchor(OTHER, 3, root, root, new bytes32[](0));
        (uint64 size,,,) = _registry.latest(OTHER);
        assertEqual("other log", size, 3);
        _assertLatest(9);
    }

    function testNothingIsReadAsNothing() public view {
        (uint64 size, bytes32 root, bytes32 head, uint64 height) = _registry.latest(LOG);
        assertEqual("size", size, 0);
        assertEqual("root and head", root | head, bytes32(0));
        assertEqual("block", height, 0);
        (,, height,) = _registry.anchorAt(LOG, 7);
        assertEqual("no anchor", height, 0);
    }

    // Disavowal

    function testADisavowedAnchorStaysVisibleAndIsNoBase() public {
        _anchor(5, 0);
        _anchor(20, 5);
        bytes32 lie = _root(20);
        CHEATS.expectEmit(true, true, true, true, address(_registry));
        emit AnchorRegistry.Disavowed(LOG, 20, lie);
        _disavow(20);
        (bytes32 root,,, bool disavowed) = _registry.anchorAt(LOG, 20);
        assertEqual("root is kept", root, lie);
        assertTrue("marked", disavowed);
        _assertLatest(5);
        _anchor(9, 5);
        _anchor(21, 9);
        _assertLatest(21);
    }

    function testTheSizeOfADisavowedAnchorStaysUnused() public {
        _anchor(5, 0);
        _anchor(20, 5);
        _disavow(20);
        _expectLater(
            abi.encodeWithSelector(AnchorRegistry.AnchorSizeDisavowed.selector, LOG, uint64(20))
        );
        _anchor(20, 5);
    }

    function testAThiefsHugeSizeDoesNotBlockTheLog() public {
        _anchorAs(ANCHORER, type(uint64).max, OTHER, new bytes32[](0));
        _disavow(type(uint64).max);
        _assertLatestSize(0);
        _anchor(5, 0);
        _assertLatest(5);
    }

    function testDisavowalGoesBackOneAnchorAtATime() public {
        _anchor(5, 0);
        _anchor(9, 5);
        _expect(abi.encodeWithSelector(AnchorRegistry.AnchorNotLatest.selector, LOG, 5, 9));
        _disavow(5);
        _disavow(9);
        _disavow(5);
        _assertLatestSize(0);
        _expect(abi.encodeWithSelector(AnchorRegistry.AnchorNotLatest.selector, LOG, 5, 0));
        _disavow(5);
        _expect(abi.encodeWithSelector(AnchorRegistry.AnchorNotLatest.selector, LOG, 0, 0));
        _disavow(0);
    }

    function _anchor(uint64 size, uint64 since) private {
        bytes32[] memory path = since == 0 ? new bytes32[](0) : _path(since, size);
        _anchorAs(ANCHORER, size, _root(size), path);
    }

    function _anchorAs(address caller, uint64 size, bytes32 root, bytes32[] memory path) private {
        bytes32 head = _head(size);
        if (_refusal.length > 0) CHEATS.expectRevert(_refusal);
        delete _refusal;
        CHEATS.prank(caller);
        _registry.anchor(LOG, size, root, head, path);
    }

    function _anchorAnnounced(uint64 size) private {
        (bytes32 root, bytes32 head) = (_root(size), _head(size));
        CHEATS.expectEmit(true, true, true, true, address(_registry));
        emit AnchorRegistry.Anchored(LOG, size, root, head);
        CHEATS.prank(ANCHORER);
        _registry.anchor(LOG, size, root, head, new bytes32[](0));
    }

    function _disavow(uint64 size) private {
        CHEATS.prank(OWNER);
        _registry.disavow(LOG, size);
    }

    function _root(uint64 size) private view returns (bytes32) {
        return MerkleOracle.root(_leaves, 0, size);
    }

    function _path(uint64 first, uint64 second) private view returns (bytes32[] memory) {
        return MerkleOracle.consistency(_leaves, first, second);
    }

    function _head(uint64 size) private pure returns (bytes32) {
        return sha256(abi.encode("chain", size));
    }

    function _expect(bytes memory refusal) private {
        CHEATS.expectRevert(refusal);
    }

    /// @dev For `_anchorAs`, which sets it when all arguments are there.
    function _expectLater(bytes memory refusal) private {
        _refusal = refusal;
    }

    function _expectInconsistent(uint64 latest, uint64 size, uint256 length) private {
        _expectLater(
            abi.encodeWithSelector(
                AnchorRegistry.AnchorInconsistent.selector, LOG, latest, size, length
            )
        );
    }

    function _assertLatest(uint64 expected) private view {
        (uint64 size, bytes32 root, bytes32 head,) = _registry.latest(LOG);
        assertEqual("latest size", size, expected);
        assertEqual("latest root", root, _root(expected));
        assertEqual("latest head", head, _head(expected));
    }

    function _assertLatestSize(uint64 expected) private view {
        (uint64 size,,,) = _registry.latest(LOG);
        assertEqual("latest size", size, expected);
    }
}
