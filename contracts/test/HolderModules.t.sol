// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ComplianceModule} from "../src/compliance/ComplianceModule.sol";
import {HolderCapModule} from "../src/compliance/HolderCapModule.sol";
import {MaxBalanceModule} from "../src/compliance/MaxBalanceModule.sol";
import {Suite} from "./Suite.sol";

abstract contract HolderSuite is Suite {
    address internal constant ALICE = address(0xA11CE);
    address internal constant ALICE_TOO = address(0xA11CE2);
    address internal constant ALICE_NEW = address(0xA11CE3);
    address internal constant BERTA = address(0xBE27A);
    address internal constant CARLO = address(0xCA210);
    address internal constant DORIS = address(0xD0215);
    bytes internal constant MINT_REFUSED = "Compliance not followed";
    bytes internal constant TRANSFER_REFUSED = "Transfer not possible";

    address internal _alice;

    function _admitAll() internal {
        _deploySuite();
        _alice = _admit(ALICE, BRITAIN);
        _registry.registerIdentity(ALICE_TOO, _alice, BRITAIN);
        _admit(BERTA, FRANCE);
        _admit(CARLO, FRANCE);
        _admit(DORIS, AMERICA);
    }

    function _only(address wallet) internal pure returns (address[] memory wallets) {
        wallets = new address[](1);
        wallets[0] = wallet;
    }

    function _expectMintRefused(address to, uint256 amount) internal {
        _expectWords(MINT_REFUSED);
        _token.mint(to, amount);
    }

    function _expectSendRefused(address from, address to, uint256 amount) internal {
        _expectWords(TRANSFER_REFUSED);
        CHEATS.prank(from);
        _token.transfer(to, amount);
    }
}

contract HolderCapModuleTest is HolderSuite {
    HolderCapModule private _module;

    function setUp() public {
        _admitAll();
        _module = new HolderCapModule();
        _addModule(address(_module), abi.encodeCall(HolderCapModule.setHolderCap, (2)));
    }

    function testThereAreNoMoreHoldersThanTheCap() public {
        _token.mint(ALICE, 10);
        _token.mint(BERTA, 10);
        assertEqual("holders", _holders(), 2);
        _expectMintRefused(CARLO, 1);
        _expectSendRefused(ALICE, CARLO, 9);
        _send(ALICE, BERTA, 9);
        _token.mint(ALICE, 5);
    }

    function testTwoWalletsOfOneHolderAreOneHolder() public {
        _token.mint(ALICE, 10);
        _token.mint(BERTA, 10);
        _token.mint(ALICE_TOO, 10);
        _send(ALICE, ALICE_TOO, 10);
        assertEqual("holders", _holders(), 2);
        assertEqual("together", _module.holdingOf(address(_compliance), ALICE), 20);
    }

    function testWhoGivesAllAwayLeavesItsPlace() public {
        _token.mint(ALICE, 6);
        _token.mint(ALICE_TOO, 4);
        _token.mint(BERTA, 10);
        _expectSendRefused(ALICE, CARLO, 6);
        _send(BERTA, CARLO, 10);
        assertEqual("holders", _holders(), 2);
        _token.burn(CARLO, 10);
        assertEqual("one left", _holders(), 1);
        _token.mint(DORIS, 1);
    }

    function testALowerCapDrivesNobodyOutButLetsNobodyIn() public {
        _token.mint(ALICE, 10);
        _token.mint(BERTA, 10);
        CHEATS.expectEmit(true, true, true, true, address(_module));
        emit HolderCapModule.HolderCapSet(address(_compliance), 1);
        _compliance.callModuleFunction(
            abi.encodeCall(HolderCapModule.setHolderCap, (1)), address(_module)
        );
        _send(ALICE, BERTA, 5);
        _expectSendRefused(ALICE, CARLO, 5);
        _send(ALICE, BERTA, 5);
        _send(BERTA, CARLO, 20);
        assertEqual("holders", _holders(), 1);
    }

    function testAForcedMoveIsNotAskedButCounted() public {
        _token.mint(ALICE, 10);
        _token.mint(BERTA, 10);
        _token.forcedTransfer(ALICE, CARLO, 5);
        assertEqual("holders", _holders(), 3);
        _expectMintRefused(DORIS, 1);
    }

    function testARecoveryChangesNoHolder() public {
        _token.mint(ALICE, 10);
        _token.mint(BERTA, 10);
        _token.recoveryAddress(ALICE, ALICE_NEW, _alice);
        assertEqual("holders", _holders(), 2);
        assertEqual("holding", _module.holdingOf(address(_compliance), ALICE_NEW), 10);
    }

    function testAWalletThatIsGivenToSomebodyElseIsCountedAnew() public {
        _token.mint(ALICE, 6);
        _token.mint(ALICE_TOO, 4);
        _registry.updateIdentity(ALICE_TOO, address(0x1D));
        assertEqual("seen at once", _module.holdingOf(address(_compliance), ALICE_TOO), 4);
        assertEqual("not counted yet", _holders(), 1);
        _module.count(address(_compliance), _only(ALICE_TOO));
        assertEqual("counted", _holders(), 2);
        assertEqual("left", _module.holdingOf(address(_compliance), ALICE), 6);
        _registry.deleteIdentity(ALICE_TOO);
        _token.burn(ALICE_TOO, 1);
        assertEqual("nobody's wallet is a holder", _holders(), 2);
        assertEqual("its own", _module.holdingOf(address(_compliance), ALICE_TOO), 3);
    }

    function testOnATokenWithHoldersNothingMovesUntilAllAreCounted() public {
        HolderCapModule other = new HolderCapModule();
        address compliance = address(_compliance);
        _token.mint(ALICE, 7);
        _token.mint(BERTA, 3);
        _addModule(address(other), abi.encodeCall(HolderCapModule.setHolderCap, (2)));
        assertTrue("nobody is counted", !other.isComplete(compliance));
        _expectSendRefused(ALICE, BERTA, 1);
        other.count(compliance, _only(ALICE));
        other.count(compliance, _only(ALICE));
        assertTrue("Berta is missing", !other.isComplete(compliance));
        _expectMintRefused(ALICE, 1);
        // A burn is never asked, and counts whom it concerns.
        _token.burn(BERTA, 1);
        assertTrue("all are counted", other.isComplete(compliance));
        assertEqual("holders", other.holderCount(compliance), 2);
        _send(ALICE, BERTA, 1);
        _expectMintRefused(CARLO, 1);
    }

    function testOnlyABoundComplianceHasItsHoldersCounted() public {
        HolderCapModule other = new HolderCapModule();
        address compliance = address(_compliance);
        assertTrue("not by itself", !other.isPlugAndPlay());
        assertTrue("but with any token", other.canComplianceBind(compliance));
        assertTrue("its name", keccak256(bytes(other.name())) == keccak256("HolderCapModule"));
        CHEATS.expectRevert(
            abi.encodeWithSelector(ComplianceModule.ModuleComplianceNotBound.selector, compliance)
        );
        other.count(compliance, _only(ALICE));
    }

    function testWithoutATokenItIsNotAdded() public {
        assertTrue("no token", !_module.canComplianceBind(address(new Tokenless())));
    }

    function testANewTermBeginsWithNobody() public {
        _token.mint(ALICE, 1);
        _token.burn(ALICE, 1);
        _token.mint(BERTA, 1);
        _compliance.removeModule(address(_module));
        _token.burn(BERTA, 1);
        _compliance.addModule(address(_module));
        assertEqual("holders", _holders(), 0);
        assertEqual("cap", _module.holderCap(address(_compliance)), 0);
        _expectMintRefused(ALICE, 1);
    }

    function _holders() private view returns (uint256) {
        return _module.holderCount(address(_compliance));
    }
}

contract MaxBalanceModuleTest is HolderSuite {
    MaxBalanceModule private _module;

    function setUp() public {
        _admitAll();
        _module = new MaxBalanceModule();
        _addModule(address(_module), abi.encodeCall(MaxBalanceModule.setMaxBalance, (100)));
    }

    function testNobodyReceivesMoreThanTheLimit() public {
        _token.mint(ALICE, 100);
        _expectMintRefused(ALICE, 1);
        _token.mint(BERTA, 99);
        _expectSendRefused(ALICE, BERTA, 2);
        _send(ALICE, BERTA, 1);
    }

    function testASecondWalletIsNoWayAround() public {
        _token.mint(ALICE, 60);
        _expectMintRefused(ALICE_TOO, 41);
        _token.mint(ALICE_TOO, 40);
        _send(ALICE, ALICE_TOO, 60);
        assertEqual("together", _module.holdingOf(address(_compliance), ALICE), 100);
        assertEqual("in the second", _token.balanceOf(ALICE_TOO), 100);
    }

    function testALowerLimitTakesNothingButLetsNothingIn() public {
        _token.mint(ALICE, 60);
        _token.mint(BERTA, 60);
        CHEATS.expectEmit(true, true, true, true, address(_module));
        emit MaxBalanceModule.MaxBalanceSet(address(_compliance), 50);
        _compliance.callModuleFunction(
            abi.encodeCall(MaxBalanceModule.setMaxBalance, (50)), address(_module)
        );
        assertEqual("limit", _module.maxBalance(address(_compliance)), 50);
        _expectSendRefused(ALICE, BERTA, 1);
        _send(ALICE, CARLO, 50);
        _send(BERTA, BERTA, 60);
    }

    function testAForcedMoveIsNotAskedButCounted() public {
        _token.mint(ALICE, 100);
        _token.mint(BERTA, 100);
        _token.forcedTransfer(ALICE, BERTA, 10);
        assertEqual("above", _module.holdingOf(address(_compliance), BERTA), 110);
        _expectSendRefused(ALICE, BERTA, 1);
        assertTrue("its name", keccak256(bytes(_module.name())) == keccak256("MaxBalanceModule"));
    }

    function testOnATokenWithHoldersNothingMovesUntilAllAreCounted() public {
        _token.mint(ALICE, 7);
        _compliance.removeModule(address(_module));
        _addModule(address(_module), abi.encodeCall(MaxBalanceModule.setMaxBalance, (10)));
        _expectSendRefused(ALICE, ALICE_TOO, 1);
        _expectMintRefused(ALICE, 1);
        _module.count(address(_compliance), _only(ALICE));
        _token.mint(ALICE, 3);
        _expectMintRefused(ALICE_TOO, 1);
    }

    function testFuzzTheLimitIsExact(uint256 limit, uint256 first, uint256 second) public {
        limit = within(limit, 1, type(uint256).max - 1);
        first = within(first, 1, limit);
        _compliance.callModuleFunction(
            abi.encodeCall(MaxBalanceModule.setMaxBalance, (limit)), address(_module)
        );
        _token.mint(ALICE, first);
        bool allowed = _module.moduleCheck(address(0), ALICE_TOO, second, address(_compliance));
        assertTrue("exact", allowed == (second <= limit - first));
    }
}

/// @title A compliance that no token has
contract Tokenless {
    function getTokenBound() external pure returns (address) {
        return address(0);
    }
}
