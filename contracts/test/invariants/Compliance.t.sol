// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {HolderCapModule} from "../../src/compliance/HolderCapModule.sol";
import {LockUpModule} from "../../src/compliance/LockUpModule.sol";
import {MaxBalanceModule} from "../../src/compliance/MaxBalanceModule.sol";
import {IIdentityRegistry} from "../../src/interfaces/IIdentityRegistry.sol";
import {Suite} from "../Suite.sol";

/// @title Everything that can happen to the holders of a token, and a slow count of them
contract ComplianceHandler is Suite {
    uint256 public constant CAP = 3;
    uint256 public constant LIMIT = 500;
    uint256 private constant WALLETS = 7;
    uint256 private constant PERSONS = 5;

    HolderCapModule public immutable cap = new HolderCapModule();
    MaxBalanceModule public immutable maximum = new MaxBalanceModule();
    LockUpModule public immutable lock = new LockUpModule();
    uint256 public moves;
    address[PERSONS] private _persons;

    constructor() {
        CHEATS.warp(1_000_000);
        _deploySuite();
        _addModule(address(cap), abi.encodeCall(HolderCapModule.setHolderCap, (CAP)));
        _addModule(address(maximum), abi.encodeCall(MaxBalanceModule.setMaxBalance, (LIMIT)));
        _compliance.addModule(address(lock));
        for (uint256 index = 0; index < WALLETS; ++index) {
            // The last wallets are second ones of the first persons.
            if (index < PERSONS) _persons[index] = _admit(wallet(index), BRITAIN);
            else _registry.registerIdentity(wallet(index), _persons[index - PERSONS], BRITAIN);
        }
    }

    function mint(uint256 to, uint256 amount) external {
        (, uint256 holders) = counted();
        try _token.mint(wallet(to), within(amount, 1, LIMIT)) {
            _checkAllowed(to, holders, true);
        } catch {}
    }

    function send(uint256 from, uint256 to, uint256 amount) external {
        (, uint256 holders) = counted();
        amount = _part(from, amount);
        uint256 left = _token.balanceOf(wallet(from)) - amount;
        uint256 locked = lockedOf(from);
        CHEATS.prank(wallet(from));
        try _token.transfer(wallet(to), amount) {
            _checkAllowed(to, holders, _holder(wallet(from)) != _holder(wallet(to)));
            assertTrue("locked units stayed", left >= locked || wallet(from) == wallet(to));
        } catch {}
    }

    function force(uint256 from, uint256 to, uint256 amount) external {
        uint256 locked = lockedInAll();
        amount = _part(from, amount);
        if (amount != 0) _token.forcedTransfer(wallet(from), wallet(to), amount);
        assertEqual("no lock is lost on the way", lockedInAll(), locked);
    }

    function burn(uint256 from, uint256 amount) external {
        amount = _part(from, amount);
        if (amount != 0) _token.burn(wallet(from), amount);
    }

    function wait_(uint256 time) external {
        CHEATS.warp(block.timestamp + within(time, 1, 5 days));
    }

    function setLockUp(uint256 time) external {
        uint64 release = uint64(block.timestamp + within(time, 0, 4) * 1 days);
        _compliance.callModuleFunction(
            abi.encodeCall(LockUpModule.setLockUp, (release)), address(lock)
        );
    }

    function giveToSomebodyElse(uint256 which, uint256 person) external {
        _registry.updateIdentity(wallet(which), _persons[person % PERSONS]);
        address[] memory wallets = new address[](1);
        wallets[0] = wallet(which);
        cap.count(compliance(), wallets);
        maximum.count(compliance(), wallets);
    }

    /// @dev The cap is taken off and put on again, and counts everybody anew.
    function joinAgain(uint256 seed) external {
        if (seed % 4 != 0) return;
        _compliance.removeModule(address(cap));
        _addModule(address(cap), abi.encodeCall(HolderCapModule.setHolderCap, (CAP)));
        address[] memory wallets = new address[](WALLETS);
        for (uint256 index = 0; index < WALLETS; ++index) {
            wallets[index] = wallet(index);
        }
        cap.count(compliance(), wallets);
    }

    // The slow count

    /// @dev What each wallet's holder has in all wallets, and how many holders have anything.
    function counted() public view returns (uint256[] memory holdings, uint256 holders) {
        holdings = new uint256[](WALLETS);
        address[] memory owners = new address[](WALLETS);
        for (uint256 index = 0; index < WALLETS; ++index) {
            owners[index] = _holder(wallet(index));
            uint256 balance = _token.balanceOf(wallet(index));
            bool first = true;
            for (uint256 other = 0; other < index; ++other) {
                if (owners[other] != owners[index]) continue;
                first = first && holdings[other] == 0;
                holdings[index] = holdings[other];
            }
            if (first && balance != 0) ++holders;
            for (uint256 other = 0; other <= index; ++other) {
                if (other == index || owners[other] == owners[index]) holdings[other] += balance;
            }
        }
    }

    function lockedInAll() public view returns (uint256 sum) {
        for (uint256 index = 0; index < WALLETS; ++index) {
            sum += lockedOf(index);
        }
    }

    function lockedOf(uint256 which) public view returns (uint256) {
        return lock.lockedOf(compliance(), wallet(which));
    }

    function balanceOf(uint256 which) external view returns (uint256) {
        return _token.balanceOf(wallet(which));
    }

    function compliance() public view returns (address) {
        return address(_compliance);
    }

    function wallet(uint256 which) public pure returns (address) {
        return address(uint160(0xA000 + which % WALLETS));
    }

    /// @dev A move that the rules allowed: no holder above the cap came in, nobody above the limit.
    function _checkAllowed(uint256 to, uint256 holdersBefore, bool enters) private {
        ++moves;
        (uint256[] memory holdings, uint256 holders) = counted();
        assertTrue("holders", holders <= (holdersBefore > CAP ? holdersBefore : CAP));
        assertTrue("holding", !enters || holdings[to % WALLETS] <= LIMIT);
    }

    function _part(uint256 from, uint256 amount) private view returns (uint256) {
        return within(amount, 0, _token.balanceOf(wallet(from)));
    }

    function _holder(address account) private view returns (address) {
        return IIdentityRegistry(address(_registry)).identity(account);
    }
}

contract ComplianceInvariants is Suite {
    ComplianceHandler private _handler;

    function setUp() public {
        _handler = new ComplianceHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariantHoldersAndLocksAreCountedRight() public view {
        address compliance = _handler.compliance();
        (uint256[] memory holdings, uint256 holders) = _handler.counted();
        assertTrue("cap", _handler.cap().isComplete(compliance));
        assertTrue("maximum", _handler.maximum().isComplete(compliance));
        assertEqual("cap", _handler.cap().holderCount(compliance), holders);
        assertEqual("maximum", _handler.maximum().holderCount(compliance), holders);
        for (uint256 index = 0; index < holdings.length; ++index) {
            address wallet = _handler.wallet(index);
            assertEqual("cap", _handler.cap().holdingOf(compliance, wallet), holdings[index]);
            assertEqual(
                "maximum", _handler.maximum().holdingOf(compliance, wallet), holdings[index]
            );
            assertTrue("covered", _handler.lockedOf(index) <= _handler.balanceOf(index));
            _checkLots(_handler.lock().lotsOf(compliance, wallet));
        }
    }

    function _checkLots(LockUpModule.Lot[] memory lots) private pure {
        for (uint256 place = 0; place < lots.length; ++place) {
            assertTrue("not empty", lots[place].amount != 0);
            if (place != 0) assertTrue("later", lots[place].release > lots[place - 1].release);
        }
    }
}
