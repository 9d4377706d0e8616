// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title Consistency proofs of Merkle trees
 * @notice Answers whether one tree is a prefix of another, after RFC 9162, section 2.1.4.2.
 *
 * The walk goes from the last leaf of the old tree (`first - 1`) up to the root. Every element of
 * the path is either a left sibling, which both trees share, or a right sibling, which only the new
 * tree has. Which of the two, and how many elements there are, follows from the two sizes alone, so
 * that a path with an element too few or too many is refused whatever it hashes to.
 */
library ConsistencyProof {
    /// @dev Sets interior nodes apart from leaves (RFC 9162, section 2.1.1).
    bytes1 private constant NODE = 0x01;

    /**
     * @notice Tells whether the tree (`second`, `secondRoot`) begins with (`first`, `firstRoot`).
     * @param first Size of the old tree; 0 proves nothing and is answered with false.
     * @param second Size of the new tree; must be larger than `first`.
     */
    function verify(
        uint64 first,
        bytes32 firstRoot,
        uint64 second,
        bytes32 secondRoot,
        bytes32[] calldata path
    ) internal pure returns (bool) {
        if (first == 0 || first >= second) return false;
        uint64 oldNode = first - 1;
        uint64 newNode = second - 1;
        while (oldNode & 1 == 1) {
            oldNode >>= 1;
            newNode >>= 1;
        }
        // A whole power of two is itself a node of the new tree, so its root is left out of the path.
        uint256 next = oldNode == 0 ? 0 : 1;
        if (path.length < next) return false;
        bytes32 oldHash = next == 0 ? firstRoot : path[0];
        bytes32 newHash = oldHash;
        for (; next < path.length; ++next) {
            if (newNode == 0) return false;
            bytes32 sibling = path[next];
            if (oldNode & 1 == 1 || oldNode == newNode) {
                oldHash = _node(sibling, oldHash);
                newHash = _node(sibling, newHash);
                while (oldNode & 1 == 0 && oldNode != 0) {
                    oldNode >>= 1;
                    newNode >>= 1;
                }
            } else {
                newHash = _node(newHash, sibling);
            }
            oldNode >>= 1;
            newNode >>= 1;
        }
        return newNode == 0 && oldHash == firstRoot && newHash == secondRoot;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(bytes.concat(NODE, left, right));
    }
}
