// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ConsistencyProof} from "../src/ConsistencyProof.sol";
import {MerkleOracle} from "./MerkleOracle.sol";
import {Testing} from "./Testing.sol";

/// @dev Gives the library, whose path is calldata, an entrance from outside.
contract Verifier {
    function verify(
        uint64 first,
        bytes32 firstRoot,
        uint64 second,
        bytes32 secondRoot,
        bytes32[] calldata path
    ) external pure returns (bool) {
        return ConsistencyProof.verify(first, firstRoot, second, secondRoot, path);
    }
}

contract ConsistencyProofTest is Testing {
    // The tree of Certificate Transparency's published vectors: roots at sizes 1, 6 and 8.
    bytes32 private constant ROOT_1 =
        0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d;
    bytes32 private constant ROOT_6 =
        0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef;
    bytes32 private constant ROOT_8 =
        0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328;
    uint256 private constant LARGEST = 70;

    Verifier private immutable _verifier = new Verifier();
    bytes[] private _leaves;

    function setUp() public {
        for (uint256 i = 0; i < LARGEST; ++i) {
            _leaves.push(bytes.concat(sha256(abi.encode(i))));
        }
    }

    function testThePublishedProofsHold() public view {
        assertTrue("6 to 8", _verifier.verify(6, ROOT_6, 8, ROOT_8, _published6()));
        assertTrue("1 to 8", _verifier.verify(1, ROOT_1, 8, ROOT_8, _published1()));
    }

    function testTheOracleGivesThePublishedRootsAndProofs() public pure {
        bytes[] memory leaves = _publishedLeaves();
        assertEqual("root at 6", MerkleOracle.root(leaves, 0, 6), ROOT_6);
        assertEqual("root at 8", MerkleOracle.root(leaves, 0, 8), ROOT_8);
        bytes32 expected = keccak256(abi.encode(_published6()));
        bytes32 actual = keccak256(abi.encode(MerkleOracle.consistency(leaves, 6, 8)));
        assertEqual("path from 6 to 8", actual, expected);
    }

    function testEverySizeUpToThirtyThreeExtendsEverySmallerOne() public view {
        bytes[] memory leaves = _leaves;
        for (uint64 second = 2; second <= 33; ++second) {
            bytes32 root = MerkleOracle.root(leaves, 0, second);
            for (uint64 first = 1; first < second; ++first) {
                bytes32[] memory path = MerkleOracle.consistency(leaves, first, second);
                bytes32 old = MerkleOracle.root(leaves, 0, first);
                assertTrue("extends", _verifier.verify(first, old, second, root, path));
            }
        }
    }

    function testFuzzARightProofHoldsAndNoOtherPathDoes(
        uint256 a,
        uint256 b,
        uint256 where,
        bytes32 noise
    ) public view {
        (uint64 first, uint64 second) = _sizes(a, b);
        bytes[] memory leaves = _leaves;
        bytes32 old = MerkleOracle.root(leaves, 0, first);
        bytes32 root = MerkleOracle.root(leaves, 0, second);
        bytes32[] memory path = MerkleOracle.consistency(leaves, first, second);
        assertTrue("right", _verifier.verify(first, old, second, root, path));
        assertFalse(first, old, second, root, MerkleOracle.append(path, noise));
        assertFalse(first, old, second, root, _shortened(path));
        uint256 index = where % path.length;
        path[index] = path[index] == noise ? ~noise : noise;
        assertFalse(first, old, second, root, path);
    }

    function testFuzzARightPathOfOtherSizesOrRootsIsRefused(uint256 a, uint256 b, bytes32 noise)
        public
        view
    {
        (uint64 first, uint64 second) = _sizes(a, b);
        bytes[] memory leaves = _leaves;
        bytes32 old = MerkleOracle.root(leaves, 0, first);
        bytes32 root = MerkleOracle.root(leaves, 0, second);
        CHEATS.assume(noise != old && noise != root);
        bytes32[] memory path = MerkleOracle.consistency(leaves, first, second);
        assertFalse(first, noise, second, root, path);
        assertFalse(first, old, second, noise, path);
        assertFalse(second, root, first, old, path);
        assertFalse(0, bytes32(0), second, root, path);
        assertFalse(first, old, first, old, path);
    }

    /// @dev Roots made to fit a longer path: only the sizes can tell that it is too long.
    function testFuzzAPathThatGoesOnAboveTheRootIsRefused(uint256 a, uint256 b, bytes32 noise)
        public
        view
    {
        (uint64 first, uint64 second) = _sizes(a, b);
        bytes[] memory leaves = _leaves;
        bytes32 old = MerkleOracle.node(noise, MerkleOracle.root(leaves, 0, first));
        bytes32 root = MerkleOracle.node(noise, MerkleOracle.root(leaves, 0, second));
        bytes32[] memory path = MerkleOracle.consistency(leaves, first, second);
        assertFalse(first, old, second, root, MerkleOracle.append(path, noise));
    }

    function testFuzzAChangedOldLeafIsFound(uint256 a, uint256 b, uint256 where) public view {
        (uint64 first, uint64 second) = _sizes(a, b);
        bytes[] memory leaves = _leaves;
        bytes32 old = MerkleOracle.root(leaves, 0, first);
        leaves[where % first] = "rewritten";
        bytes32 root = MerkleOracle.root(leaves, 0, second);
        bytes32[] memory path = MerkleOracle.consistency(leaves, first, second);
        assertFalse(first, old, second, root, path);
    }

    function testTheLargestSizesDoNotOverflow() public view {
        assertFalse(type(uint64).max - 1, ROOT_6, type(uint64).max, ROOT_8, _published6());
        assertFalse(1, ROOT_1, type(uint64).max, ROOT_8, _published1());
    }

    function testNothingProvesNothing() public view {
        bytes32[] memory none = new bytes32[](0);
        assertFalse(4, ROOT_1, 8, ROOT_8, none);
        assertFalse(6, ROOT_6, 8, ROOT_8, none);
        assertFalse(8, ROOT_8, 8, ROOT_8, none);
        assertFalse(0, bytes32(0), 8, ROOT_8, none);
    }

    function assertFalse(
        uint64 first,
        bytes32 firstRoot,
        uint64 second,
        bytes32 secondRoot,
        bytes32[] memory path
    ) private view {
        bool holds = _verifier.verify(first, firstRoot, second, secondRoot, path);
        assertTrue("a wrong proof is refused", !holds);
    }

    function _sizes(uint256 a, uint256 b) private pure returns (uint64 first, uint64 second) {
        second = uint64(within(a, 2, LARGEST));
        first = uint64(within(b, 1, second - 1));
    }

    function _shortened(bytes32[] memory path) private pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](path.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = path[i];
        }
    }

    function _published6() private pure returns (bytes32[] memory path) {
        path = new bytes32[](3);
        path[0] = 0x0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a;
        path[1] = 0xca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0;
        path[2] = 0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7;
    }

    function _published1() private pure returns (bytes32[] memory path) {
        path = new bytes32[](3);
        path[0] = 0x96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7;
        path[1] = 0x5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e;
        path[2] = 0x6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4;
    }

    function _publishedLeaves() private pure returns (bytes[] memory leaves) {
        leaves = new bytes[](8);
        leaves[0] = "";
        leaves[1] = hex"00";
        leaves[2] = hex"10";
        leaves[3] = hex"2021";
        leaves[4] = hex"3031";
        leaves[5] = hex"40414243";
        leaves[6] = hex"5051525354555657";
        leaves[7] = hex"606162636465666768696a6b6c6d6e6f";
    }
}
