// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title The cheatcodes of forge that these tests use
interface ICheats {
    function prank(address sender) external;
    function expectRevert(bytes calldata data) external;
    function expectEmit(bool first, bool second, bool third, bool data, address emitter) external;
    function roll(uint256 height) external;
    function warp(uint256 time) external;
    function assume(bool condition) external pure;
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function getCode(string calldata artifact) external view returns (bytes memory);
}

/// @title What every test contract here begins with
abstract contract Testing {
    ICheats internal constant CHEATS =
        ICheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    error AssertionFailed(string what, uint256 actual, uint256 expected);

    function assertEqual(string memory what, uint256 actual, uint256 expected) internal pure {
        if (actual != expected) revert AssertionFailed(what, actual, expected);
    }

    function assertEqual(string memory what, bytes32 actual, bytes32 expected) internal pure {
        assertEqual(what, uint256(actual), uint256(expected));
    }

    function assertTrue(string memory what, bool condition) internal pure {
        if (!condition) revert AssertionFailed(what, 0, 1);
    }

    /// @dev Maps any number into low..high, both included.
    function within(uint256 number, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + number % (high - low + 1);
    }
}
