// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {LockUpModule} from "../src/compliance/LockUpModule.sol";
import {Suite} from "./Suite.sol";

contract LockUpModuleTest is Suite {
    address private constant ALICE = address(0xA11CE);
    address private constant BERTA = address(0xBE27A);
    address private constant NEW_WALLET = address(0xA11CE2);
    uint64 private constant NOW = 1_000_000;
    uint64 private constant RELEASE = NOW + 40 days;
    bytes private constant TRANSFER_REFUSED = "Transfer not possible";

    LockUpModule private _module;

    function setUp() public {
        CHEATS.warp(NOW);
        _deploySuite();
        _module = new LockUpModule();
        _admit(ALICE, BRITAIN);
        _admit(BERTA, FRANCE);
        _addModule(address(_module), _settings(RELEASE));
    }

    function testMintedUnitsStayUntilTheirRelease() public {
        _token.mint(ALICE, 100);
        assertEqual("locked", _locked(ALICE), 100);
        _expectSendRefused(ALICE, BERTA, 1);
        CHEATS.warp(RELEASE - 1);
        _expectSendRefused(ALICE, BERTA, 1);
        CHEATS.warp(RELEASE);
        assertEqual("released", _locked(ALICE), 0);
        _send(ALICE, BERTA, 100);
    }

    function testWhatWasReceivedOtherwiseIsFreeAtOnce() public {
        _setRelease(0);
        _token.mint(BERTA, 50);
        _setRelease(RELEASE);
        _token.mint(ALICE, 100);
        _send(BERTA, ALICE, 50);
        assertEqual("locked", _locked(ALICE), 100);
        _expectSendRefused(ALICE, BERTA, 51);
        _send(ALICE, BERTA, 50);
        _expectSendRefused(ALICE, BERTA, 1);
        _send(BERTA, ALICE, 20);
        _send(ALICE, BERTA, 20);
    }

    function testEachMintKeepsTheReleaseThatItWasMadeWith() public {
        _token.mint(ALICE, 10);
        _setRelease(RELEASE + 10 days);
        _token.mint(ALICE, 20);
        _setRelease(RELEASE - 10 days);
        _token.mint(ALICE, 30);
        _setRelease(RELEASE);
        _token.mint(ALICE, 40);
        LockUpModule.Lot[] memory lots = _module.lotsOf(address(_compliance), ALICE);
        assertEqual("lots", lots.length, 3);
        assertEqual("first", lots[0].amount, 30);
        assertEqual("second", lots[1].amount, 50);
        assertEqual("third", lots[2].amount, 20);
        CHEATS.warp(RELEASE);
        assertEqual("the last is still locked", _locked(ALICE), 20);
        _send(ALICE, BERTA, 80);
        _expectSendRefused(ALICE, BERTA, 1);
    }

    function testAReleaseThatHasPassedLocksNothing() public {
        _setRelease(NOW);
        _token.mint(ALICE, 100);
        assertEqual("no lots", _module.lotsOf(address(_compliance), ALICE).length, 0);
        _send(ALICE, BERTA, 100);
    }

    function testABurnTakesFreeUnitsFirstThenTheEarliestReleased() public {
        _token.mint(ALICE, 10);
        _setRelease(RELEASE + 1 days);
        _token.mint(ALICE, 10);
        _setRelease(0);
        _token.mint(ALICE, 5);
        _token.burn(ALICE, 5);
        assertEqual("free units went", _locked(ALICE), 20);
        _token.burn(ALICE, 4);
        assertEqual("then locked ones", _locked(ALICE), 16);
        LockUpModule.Lot[] memory lots = _module.lotsOf(address(_compliance), ALICE);
        assertEqual("of the first lot", lots[0].amount, 6);
        _token.burn(ALICE, 16);
        assertEqual("all", _module.lotsOf(address(_compliance), ALICE).length, 0);
    }

    function testAForcedMoveTakesTheLockAlong() public {
        _token.mint(ALICE, 100);
        _setRelease(0);
        _token.mint(ALICE, 10);
        _token.forcedTransfer(ALICE, BERTA, 30);
        assertEqual("left behind", _locked(ALICE), 80);
        assertEqual("came along", _locked(BERTA), 20);
        _send(BERTA, ALICE, 10);
        _expectSendRefused(BERTA, ALICE, 1);
    }

    function testARecoveryTakesTheLockAlong() public {
        address identity = _admit(address(0x1057), BRITAIN);
        _token.mint(address(0x1057), 100);
        _token.recoveryAddress(address(0x1057), NEW_WALLET, identity);
        assertEqual("balance", _token.balanceOf(NEW_WALLET), 100);
        assertEqual("locked", _locked(NEW_WALLET), 100);
        assertEqual("nothing behind", _locked(address(0x1057)), 0);
        _expectSendRefused(NEW_WALLET, BERTA, 1);
    }

    function testToOneselfNothingChanges() public {
        _token.mint(ALICE, 100);
        _token.forcedTransfer(ALICE, ALICE, 100);
        assertEqual("locked", _locked(ALICE), 100);
    }

    function testAModuleThatIsAddedAgainHasNoLots() public {
        _token.mint(ALICE, 100);
        _compliance.removeModule(address(_module));
        _addModule(address(_module), _settings(RELEASE));
        assertEqual("locked", _locked(ALICE), 0);
        _send(ALICE, BERTA, 100);
        assertTrue("its name", keccak256(bytes(_module.name())) == keccak256("LockUpModule"));
        assertTrue("fits anywhere", _module.isPlugAndPlay() && _module.canComplianceBind(ALICE));
    }

    function testFuzzTheFreePartAndNoMoreMayGo(uint128 minted, uint128 received, uint256 amount)
        public
    {
        uint256 locked = within(minted, 1, type(uint128).max);
        uint256 free = within(received, 1, type(uint128).max);
        _token.mint(ALICE, locked);
        _setRelease(0);
        _token.mint(ALICE, free);
        amount = within(amount, 1, locked + free);
        bool allowed = _module.moduleCheck(ALICE, BERTA, amount, address(_compliance));
        assertTrue("free part", allowed == (amount <= free));
    }

    function _setRelease(uint64 release) private {
        _compliance.callModuleFunction(_settings(release), address(_module));
        assertEqual("release", _module.releaseTime(address(_compliance)), release);
    }

    function _settings(uint64 release) private pure returns (bytes memory) {
        return abi.encodeCall(LockUpModule.setLockUp, (release));
    }

    function _locked(address wallet) private view returns (uint256) {
        return _module.lockedOf(address(_compliance), wallet);
    }

    function _expectSendRefused(address from, address to, uint256 amount) private {
        _expectWords(TRANSFER_REFUSED);
        CHEATS.prank(from);
        _token.transfer(to, amount);
    }
}
