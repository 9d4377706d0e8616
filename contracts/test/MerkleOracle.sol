// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title The trees of RFC 9162, as its recursive definitions spell them
 * @dev Slow and obvious on purpose: the verifier that it checks works from the bottom up.
 */
library MerkleOracle {
    /// @notice MTH of section 2.1.1 over `leaves[start:end]`, which must not be empty.
    function root(bytes[] memory leaves, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32)
    {
        if (end - start == 1) {
            return sha256(bytes.concat(bytes1(0x00), leaves[start]));
        }
        uint256 middle = start + split(end - start);
        return node(root(leaves, start, middle), root(leaves, middle, end));
    }

    /// @notice PROOF(first, leaves[0:second]) of section 2.1.4.1.
    function consistency(bytes[] memory leaves, uint256 first, uint256 second)
        internal
        pure
        returns (bytes32[] memory)
    {
        return subproof(leaves, first, 0, second, true);
    }

    function subproof(bytes[] memory leaves, uint256 first, uint256 start, uint256 end, bool whole)
        internal
        pure
        returns (bytes32[] memory)
    {
        uint256 size = end - start;
        if (first == size) {
            return whole ? new bytes32[](0) : append(new bytes32[](0), root(leaves, start, end));
        }
        uint256 middle = start + split(size);
        if (first <= split(size)) {
            return append(subproof(leaves, first, start, middle, whole), root(leaves, middle, end));
        }
        return append(
            subproof(leaves, first - split(size), middle, end, false), root(leaves, start, middle)
        );
    }

    /// @notice The largest power of two below `size`.
    function split(uint256 size) internal pure returns (uint256 power) {
        power = 1;
        while (power * 2 < size) power *= 2;
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(bytes.concat(bytes1(0x01), left, right));
    }

    function append(bytes32[] memory path, bytes32 last)
        internal
        pure
        returns (bytes32[] memory longer)
    {
        longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i] = path[i];
        }
        longer[path.length] = last;
    }
}
