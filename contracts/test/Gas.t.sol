// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {SettlementAgent} from "../src/SettlementAgent.sol";
import {WrappedToken} from "../src/WrappedToken.sol";
import {CountryModule} from "../src/compliance/CountryModule.sol";
import {HolderCapModule} from "../src/compliance/HolderCapModule.sol";
import {LockUpModule} from "../src/compliance/LockUpModule.sol";
import {MaxBalanceModule} from "../src/compliance/MaxBalanceModule.sol";
import {MerkleOracle} from "./MerkleOracle.sol";
import {Suite} from "./Suite.sol";
import {Testing} from "./Testing.sol";

/**
 * @title What each operation costs
 * @dev One call in each test; everything before it is set up before. `.gas-snapshot` keeps the
 * figures. They are calls within one transaction on T-REX's implementations: a transaction of its
 * own adds 21,000 and its calldata, each proxy about 5,000 at its first touch.
 */
contract GasTest is Suite {
    address internal constant SELLER = address(0x5E11);
    address internal constant BUYER = address(0xB4);
    bytes32 private constant NAME = keccak256("settlement");
    uint256 private constant BATCH = 10;

    SettlementAgent private _agent;
    WrappedToken private _wrapped;
    SettlementAgent.Settlement[] private _batch;

    function setUp() public {
        _deploySuite();
        _agent = new SettlementAgent(address(this));
        _agent.setOperator(address(this), true);
        _token.addAgent(address(_agent));
        _wrapped = new WrappedToken(_token, "Wrapped", "w");
        _admit(address(_wrapped), BRITAIN);
        _admit(SELLER, BRITAIN);
        _admit(BUYER, FRANCE);
        _issue();
        _token.mint(BUYER, 100);
        CHEATS.prank(SELLER);
        _token.approve(address(_wrapped), type(uint256).max);
        CHEATS.prank(SELLER);
        _wrapped.wrap(100);
        for (uint256 index = 1; index <= BATCH; ++index) {
            _batch.push(_settlement(bytes32(index)));
        }
    }

    function testTransfer() public {
        CHEATS.prank(SELLER);
        _token.transfer(BUYER, 1);
    }

    function testSettle() public {
        _agent.settle(address(_token), SELLER, BUYER, 1, NAME);
    }

    function testSettleTen() public {
        _agent.settleBatch(_batch);
    }

    function testWrap() public {
        CHEATS.prank(SELLER);
        _wrapped.wrap(1);
    }

    function testUnwrap() public {
        CHEATS.prank(SELLER);
        _wrapped.unwrap(1);
    }

    function testTransferWrapped() public {
        CHEATS.prank(SELLER);
        _wrapped.transfer(BUYER, 1);
    }

    /// @dev For the tests with modules: added while the token is empty.
    function _issue() internal virtual {
        _token.mint(SELLER, 1000);
    }

    function _settlement(bytes32 name) private view returns (SettlementAgent.Settlement memory) {
        return SettlementAgent.Settlement(address(_token), SELLER, BUYER, 1, name);
    }
}

contract GasWithCountryTest is GasTest {
    function _issue() internal override {
        uint16[] memory countries = new uint16[](2);
        (countries[0], countries[1]) = (BRITAIN, FRANCE);
        _addModule(
            address(new CountryModule()),
            abi.encodeCall(CountryModule.setCountries, (true, countries))
        );
        super._issue();
    }
}

contract GasWithHolderCapTest is GasTest {
    function _issue() internal override {
        _addModule(
            address(new HolderCapModule()), abi.encodeCall(HolderCapModule.setHolderCap, (99))
        );
        super._issue();
    }
}

contract GasWithMaxBalanceTest is GasTest {
    function _issue() internal override {
        _addModule(
            address(new MaxBalanceModule()), abi.encodeCall(MaxBalanceModule.setMaxBalance, (1e6))
        );
        super._issue();
    }
}

contract GasWithLockUpTest is GasTest {
    function _issue() internal override {
        super._issue();
        _addModule(
            address(new LockUpModule()),
            abi.encodeCall(LockUpModule.setLockUp, (uint64(block.timestamp + 1 days)))
        );
        // Some locked units beside the free ones, so that the lock is looked at.
        _token.mint(SELLER, 10);
    }
}

contract GasOfAnchorTest is Testing {
    bytes32 private constant LOG = keccak256("log");
    uint64 private constant OLD = 1000;
    uint64 private constant NEW = 1024;

    AnchorRegistry private _anchors;
    bytes32 private _root;
    bytes32[] private _path;

    function setUp() public {
        _anchors = new AnchorRegistry(address(this));
        _anchors.register(LOG, address(this));
        bytes[] memory leaves = new bytes[](NEW);
        for (uint256 index = 0; index < NEW; ++index) {
            leaves[index] = abi.encode(index);
        }
        bytes32 root = MerkleOracle.root(leaves, 0, OLD);
        _anchors.anchor(LOG, OLD, root, root, new bytes32[](0));
        _root = MerkleOracle.root(leaves, 0, NEW);
        _path = MerkleOracle.consistency(leaves, OLD, NEW);
    }

    function testAnchor() public {
        _anchors.anchor(LOG, NEW, _root, _root, _path);
    }
}
