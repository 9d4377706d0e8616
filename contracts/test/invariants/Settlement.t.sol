// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SettlementAgent} from "../../src/SettlementAgent.sol";
import {Suite} from "../Suite.sol";

/// @title Settlements, alone and in batches, among everything that an agent does to wallets
contract SettlementHandler is Suite {
    uint256 public constant WALLETS = 4;
    uint256 private constant ISSUED = 1000;
    uint256 private constant REFERENCES = 40;

    SettlementAgent public immutable agent = new SettlementAgent(address(this));
    /// @dev What was frozen by this contract; nothing but it may change that.
    mapping(uint256 wallet => uint256) public frozen;
    mapping(bytes32 referenceId => uint256) public times;
    mapping(address wallet => bool) private _isFrozen;

    constructor() {
        _deploySuite();
        _token.addAgent(address(agent));
        agent.setOperator(address(this), true);
        for (uint256 index = 0; index < WALLETS; ++index) {
            _admit(wallet(index), BRITAIN);
            _token.mint(wallet(index), ISSUED);
        }
    }

    function settle(uint256 from, uint256 to, uint256 amount, uint256 name) external {
        SettlementAgent.Settlement memory move = _move(from, to, amount, name);
        bool held = _isOpen(move);
        try agent.settle(move.token, move.from, move.to, move.amount, move.referenceId) {
            assertTrue("neither paused nor frozen", held);
            ++times[move.referenceId];
        } catch {}
    }

    function settleBatch(uint256[3] memory seeds, uint256[3] memory amounts) external {
        SettlementAgent.Settlement[] memory batch = new SettlementAgent.Settlement[](seeds.length);
        bool held = true;
        for (uint256 index = 0; index < seeds.length; ++index) {
            uint256 seed = seeds[index];
            batch[index] = _move(seed, seed >> 8, amounts[index], seed >> 16);
            held = held && _isOpen(batch[index]);
        }
        try agent.settleBatch(batch) {
            assertTrue("neither paused nor frozen", held);
            for (uint256 index = 0; index < batch.length; ++index) {
                ++times[batch[index].referenceId];
            }
        } catch {}
    }

    function freezePart(uint256 who, uint256 amount) external {
        uint256 free = _token.balanceOf(wallet(who)) - frozen[who % WALLETS];
        amount = within(amount, 0, free);
        if (amount == 0) return;
        _token.freezePartialTokens(wallet(who), amount);
        frozen[who % WALLETS] += amount;
    }

    function freezeWallet(uint256 who, bool value) external {
        _token.setAddressFrozen(wallet(who), value);
        _isFrozen[wallet(who)] = value;
    }

    function setPaused(uint256 seed) external {
        bool wanted = seed % 4 == 0;
        if (_token.paused() == wanted) return;
        if (wanted) _token.pause();
        else _token.unpause();
    }

    function frozenOnChain(uint256 who) external view returns (uint256) {
        return _token.getFrozenTokens(wallet(who));
    }

    function balanceOf(uint256 who) external view returns (uint256) {
        return _token.balanceOf(wallet(who));
    }

    function issued() external pure returns (uint256) {
        return WALLETS * ISSUED;
    }

    function references() external pure returns (uint256) {
        return REFERENCES;
    }

    function wallet(uint256 which) public pure returns (address) {
        return address(uint160(0xC000 + which % WALLETS));
    }

    function _move(uint256 from, uint256 to, uint256 amount, uint256 name)
        private
        view
        returns (SettlementAgent.Settlement memory)
    {
        amount = within(amount, 0, ISSUED);
        bytes32 referenceId = bytes32(within(name, 1, REFERENCES));
        return
            SettlementAgent.Settlement(
                address(_token), wallet(from), wallet(to), amount, referenceId
            );
    }

    function _isOpen(SettlementAgent.Settlement memory move) private view returns (bool) {
        return !_token.paused() && !_isFrozen[move.from] && !_isFrozen[move.to];
    }
}

contract SettlementInvariants is Suite {
    SettlementHandler private _handler;

    function setUp() public {
        _handler = new SettlementHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariantNoSettlementTakesFrozenUnitsOrMakesAny() public view {
        uint256 sum = 0;
        for (uint256 index = 0; index < _handler.WALLETS(); ++index) {
            uint256 frozen = _handler.frozenOnChain(index);
            assertEqual("as it was frozen", frozen, _handler.frozen(index));
            assertTrue("covered", frozen <= _handler.balanceOf(index));
            sum += _handler.balanceOf(index);
        }
        assertEqual("none made, none lost", sum, _handler.issued());
    }

    function invariantEachReferenceIsUsedOnce() public view {
        for (uint256 number = 1; number <= _handler.references(); ++number) {
            bytes32 name = bytes32(number);
            assertTrue("once", _handler.times(name) <= 1);
            assertTrue("is told", _handler.agent().isSettled(name) == (_handler.times(name) == 1));
        }
    }
}
