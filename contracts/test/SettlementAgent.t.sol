// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SettlementAgent} from "../src/SettlementAgent.sol";
import {Testing} from "./Testing.sol";
import {TokenDouble} from "./TokenDouble.sol";

contract SettlementAgentTest is Testing {
    address private constant OWNER = address(0xA11CE);
    address private constant OPERATOR = address(0x09E7);
    address private constant SELLER = address(0x5E11);
    address private constant BUYER = address(0xB4);
    address private constant STRANGER = address(0xBAD);
    bytes32 private constant FIRST = bytes32(uint256(1));
    bytes32 private constant SECOND = bytes32(uint256(2));
    uint256 private constant BALANCE = 1_000_000;
    uint256 private constant SLICE = 200_000;

    SettlementAgent private _agent;
    TokenDouble private _token;

    function setUp() public {
        _agent = new SettlementAgent(OWNER);
        _token = new TokenDouble();
        _token.setBalance(SELLER, BALANCE, 0);
        _token.setVerified(SELLER, true);
        _token.setVerified(BUYER, true);
        CHEATS.prank(OWNER);
        _agent.setOperator(OPERATOR, true);
    }

    function testADeliveryMovesTheSliceAndIsAnnounced() public {
        assertTrue("not settled yet", !_agent.isSettled(FIRST));
        CHEATS.expectEmit(true, true, true, true, address(_agent));
        emit SettlementAgent.Settled(FIRST, address(_token), SELLER, BUYER, SLICE);
        _settle(SLICE, FIRST);
        assertTrue("settled", _agent.isSettled(FIRST));
        _assertBalances(BALANCE - SLICE, SLICE);
    }

    function testFuzzAnyFreePartIsDeliveredAndNoMore(uint256 frozen, uint256 amount) public {
        frozen = within(frozen, 0, BALANCE);
        amount = within(amount, 1, BALANCE * 2);
        _token.setBalance(SELLER, BALANCE, frozen);
        if (amount > BALANCE - frozen) {
            _expectInsufficient(BALANCE, frozen, amount);
            _settle(amount, FIRST);
            _assertBalances(BALANCE, 0);
        } else {
            _settle(amount, FIRST);
            _assertBalances(BALANCE - amount, amount);
        }
    }

    function testMoreFrozenThanHeldIsRefusedWithNumbers() public {
        _token.setBalance(SELLER, 10, 11);
        _expectInsufficient(10, 11, 1);
        _settle(1, FIRST);
    }

    function testAReferenceIsUsedOnceWhateverItDelivers() public {
        _settle(SLICE, FIRST);
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementRepeated.selector, FIRST));
        _settle(1, FIRST);
        _settle(SLICE, SECOND);
        _assertBalances(BALANCE - 2 * SLICE, 2 * SLICE);
    }

    function testARefusedReferenceIsFreeAgain() public {
        _token.setPaused(true);
        _expect(_aboutToken(SettlementAgent.SettlementTokenPaused.selector));
        _settle(SLICE, FIRST);
        assertTrue("nothing settled", !_agent.isSettled(FIRST));
        _token.setPaused(false);
        _settle(SLICE, FIRST);
        _assertBalances(BALANCE - SLICE, SLICE);
    }

    function testAFrozenWalletIsRefusedOnEitherSide() public {
        _token.setFrozen(SELLER, true);
        _expect(_aboutWallet(SettlementAgent.SettlementWalletFrozen.selector, SELLER));
        _settle(SLICE, FIRST);
        _token.setFrozen(SELLER, false);
        _token.setFrozen(BUYER, true);
        _expect(_aboutWallet(SettlementAgent.SettlementWalletFrozen.selector, BUYER));
        _settle(SLICE, FIRST);
    }

    function testAnUnverifiedWalletIsRefusedOnEitherSide() public {
        _token.setVerified(SELLER, false);
        _expect(_aboutWallet(SettlementAgent.SettlementWalletNotVerified.selector, SELLER));
        _settle(SLICE, FIRST);
        _token.setVerified(SELLER, true);
        _token.setVerified(BUYER, false);
        _expect(_aboutWallet(SettlementAgent.SettlementWalletNotVerified.selector, BUYER));
        _settle(SLICE, FIRST);
    }

    function testTheTokensRulesAreKept() public {
        _token.setCompliant(false);
        _expect(
            abi.encodeWithSelector(
                SettlementAgent.SettlementComplianceRefused.selector,
                address(_token),
                SELLER,
                BUYER,
                SLICE
            )
        );
        _settle(SLICE, FIRST);
    }

    function testNothingNamelessAndNobodyElseAreRefused() public {
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementAmountZero.selector, FIRST));
        _settle(0, FIRST);
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementReferenceMissing.selector));
        _settle(SLICE, bytes32(0));
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementSameWallet.selector, SELLER));
        CHEATS.prank(OPERATOR);
        _agent.settle(address(_token), SELLER, SELLER, SLICE, FIRST);
    }

    function testABuyerWhoGetsLessThanWasSoldUndoesAll() public {
        _token.setFee(1);
        _expectMismatch(SLICE, SLICE - 1);
        _settle(SLICE, FIRST);
        _assertBalances(BALANCE, 0);
        _token.setFee(0);
        _token.setAnswer(false);
        _expectMismatch(SLICE, SLICE);
        _settle(SLICE, FIRST);
        _assertBalances(BALANCE, 0);
    }

    function testATokenThatCallsBackCannotSettleTwice() public {
        CHEATS.prank(OWNER);
        _agent.setOperator(address(_token), true);
        _token.setCallBack(
            address(_agent),
            abi.encodeCall(_agent.settle, (address(_token), SELLER, BUYER, SLICE, FIRST))
        );
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementRepeated.selector, FIRST));
        _settle(SLICE, FIRST);
    }

    function testFuzzOnlyAnOperatorSettles(address caller) public {
        CHEATS.assume(caller != OPERATOR);
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementUnauthorized.selector, caller));
        CHEATS.prank(caller);
        _agent.settle(address(_token), SELLER, BUYER, SLICE, FIRST);
    }

    function testOnlyTheOwnerNamesOperatorsAndMayTakeThemBack() public {
        _expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, OPERATOR));
        CHEATS.prank(OPERATOR);
        _agent.setOperator(STRANGER, true);
        CHEATS.expectEmit(true, true, true, true, address(_agent));
        emit SettlementAgent.OperatorChanged(OPERATOR, false);
        CHEATS.prank(OWNER);
        _agent.setOperator(OPERATOR, false);
        assertTrue("no longer", !_agent.isOperator(OPERATOR));
        _expect(abi.encodeWithSelector(SettlementAgent.SettlementUnauthorized.selector, OPERATOR));
        _settle(SLICE, FIRST);
    }

    function _settle(uint256 amount, bytes32 referenceId) private {
        CHEATS.prank(OPERATOR);
        _agent.settle(address(_token), SELLER, BUYER, amount, referenceId);
    }

    function _expect(bytes memory refusal) private {
        CHEATS.expectRevert(refusal);
    }

    function _expectInsufficient(uint256 balance, uint256 frozen, uint256 needed) private {
        _expect(
            abi.encodeWithSelector(
                SettlementAgent.SettlementInsufficientBalance.selector,
                address(_token),
                SELLER,
                balance,
                frozen,
                needed
            )
        );
    }

    function _expectMismatch(uint256 expected, uint256 delivered) private {
        _expect(
            abi.encodeWithSelector(
                SettlementAgent.SettlementDeliveryMismatch.selector,
                address(_token),
                expected,
                delivered
            )
        );
    }

    function _aboutToken(bytes4 selector) private view returns (bytes memory) {
        return abi.encodeWithSelector(selector, address(_token));
    }

    function _aboutWallet(bytes4 selector, address wallet) private view returns (bytes memory) {
        return abi.encodeWithSelector(selector, address(_token), wallet);
    }

    function _assertBalances(uint256 seller, uint256 buyer) private view {
        assertEqual("seller", _token.balanceOf(SELLER), seller);
        assertEqual("buyer", _token.balanceOf(BUYER), buyer);
    }
}
