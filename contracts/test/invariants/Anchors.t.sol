// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AnchorRegistry} from "../../src/AnchorRegistry.sol";
import {MerkleOracle} from "../MerkleOracle.sol";
import {Testing} from "../Testing.sol";

/**
 * @title Anchorers, true and false, and an owner
 * @dev Two histories begin alike and part after a while. Whoever holds the key may try to anchor
 * either, at any size, with the path of either.
 */
contract AnchorHandler is Testing {
    uint256 private constant LARGEST = 16;
    uint256 private constant ALIKE = 5;
    bytes32 public constant LOG = keccak256("log");

    struct Standing {
        uint64 size;
        bool isOther;
    }

    AnchorRegistry public immutable registry = new AnchorRegistry(address(this));
    Standing[] private _standing;
    bytes[] private _main;
    bytes[] private _other;
    address private _anchorer = address(0xA0);
    bool[LARGEST + 1] private _disavowed;
    uint256 public refused;

    constructor() {
        registry.register(LOG, _anchorer);
        for (uint256 index = 0; index < LARGEST; ++index) {
            _main.push(abi.encode("main", index));
            _other.push(abi.encode(index < ALIKE ? "main" : "other", index));
        }
    }

    function anchor(uint256 seed, bool isOther, bool withOtherPath) external {
        uint64 size = uint64(within(seed, 1, LARGEST));
        bytes32 root = rootOf(size, isOther);
        uint64 last = _standing.length == 0 ? 0 : _standing[_standing.length - 1].size;
        bytes32[] memory path = last == 0 || size <= last
            ? new bytes32[](0)
            : MerkleOracle.consistency(withOtherPath ? _other : _main, last, size);
        CHEATS.prank(_anchorer);
        try registry.anchor(LOG, size, root, root, path) {
            assertTrue("never at a disavowed size", !_disavowed[size]);
            // The last may be said again, and changes nothing.
            assertTrue("never smaller", size >= last);
            if (size > last) _standing.push(Standing(size, isOther));
        } catch {
            ++refused;
        }
    }

    /// @dev A stranger and a former anchorer change nothing.
    function anchorAsAnother(uint256 seed) external {
        uint64 size = uint64(within(seed, 1, LARGEST));
        bytes32 root = rootOf(size, false);
        CHEATS.prank(address(0xBAD));
        try registry.anchor(LOG, size, root, root, new bytes32[](0)) {
            assertTrue("refused", false);
        } catch {}
    }

    function disavow(uint256 seed) external {
        // Rarely: each takes a size away for ever.
        if (_standing.length == 0 || seed % 4 != 0) return;
        uint64 size = _standing[_standing.length - 1].size;
        registry.disavow(LOG, size);
        _disavowed[size] = true;
        _standing.pop();
    }

    function rotate() external {
        _anchorer = address(uint160(_anchorer) + 1);
        registry.setAnchorer(LOG, _anchorer);
    }

    function standing() external view returns (Standing[] memory) {
        return _standing;
    }

    function isDisavowed(uint64 size) external view returns (bool) {
        return _disavowed[size];
    }

    function largest() external pure returns (uint64) {
        return uint64(LARGEST);
    }

    function rootOf(uint64 size, bool isOther) public view returns (bytes32) {
        return MerkleOracle.root(isOther ? _other : _main, 0, size);
    }
}

contract AnchorInvariants is Testing {
    AnchorHandler private _handler;

    function setUp() public {
        _handler = new AnchorHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariantWhatStandsIsOneHistory() public view {
        AnchorHandler.Standing[] memory standing = _handler.standing();
        (uint64 latest,,,) = _handler.registry().latest(_handler.LOG());
        if (standing.length == 0) {
            assertEqual("none", latest, 0);
            return;
        }
        AnchorHandler.Standing memory last = standing[standing.length - 1];
        assertEqual("the last", latest, last.size);
        for (uint256 index = 0; index < standing.length; ++index) {
            uint64 size = standing[index].size;
            (bytes32 root,,, bool disavowed) = _handler.registry().anchorAt(_handler.LOG(), size);
            assertTrue("stands", !disavowed);
            assertEqual("of the last one's history", root, _handler.rootOf(size, last.isOther));
            if (index != 0) assertTrue("grows", size > standing[index - 1].size);
        }
    }

    function invariantWhatWasDisavowedStaysSo() public view {
        for (uint64 size = 1; size <= _handler.largest(); ++size) {
            (,,, bool disavowed) = _handler.registry().anchorAt(_handler.LOG(), size);
            assertTrue("marked for ever", disavowed == _handler.isDisavowed(size));
        }
    }
}
