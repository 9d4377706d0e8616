// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CountryModule} from "../src/compliance/CountryModule.sol";
import {SettlementAgent} from "../src/SettlementAgent.sol";
import {Suite} from "./Suite.sol";

/// @dev On the real T-REX, whose `forcedTransfer` walks over everything that is checked here.
contract SettlementBatchTest is Suite {
    address private constant OPERATOR = address(0x09E7);
    address private constant SELLER = address(0x5E11);
    address private constant BUYER = address(0xB4);
    address private constant STRANGER = address(0xBAD);
    uint256 private constant ISSUED = 1000;

    SettlementAgent private _agent;
    SettlementAgent.Settlement[] private _batch;

    function setUp() public {
        _deploySuite();
        _agent = new SettlementAgent(address(this));
        _agent.setOperator(OPERATOR, true);
        _token.addAgent(address(_agent));
        _admit(SELLER, BRITAIN);
        _admit(BUYER, FRANCE);
        _token.mint(SELLER, ISSUED);
    }

    function testABatchMovesInItsOrder() public {
        _add(SELLER, BUYER, 400);
        _add(BUYER, SELLER, 300);
        _add(SELLER, BUYER, 900);
        _settle();
        _assertBalances(0, ISSUED);
        assertTrue("each is settled", _agent.isSettled(_name(1)) && _agent.isSettled(_name(3)));
    }

    function testABatchOfTheLargestLengthFitsIntoABlock() public {
        uint256 limit = _agent.MAX_BATCH();
        for (uint256 index = 0; index < limit; ++index) {
            _add(SELLER, BUYER, 1);
        }
        uint256 before = gasleft();
        _settle();
        assertTrue("in a third of a block", before - gasleft() < 10_000_000);
        _assertBalances(ISSUED - limit, limit);
    }

    function testALengthOutsideOfTheLimitsIsRefused() public {
        _expectLength(0);
        _settle();
        for (uint256 index = 0; index <= _agent.MAX_BATCH(); ++index) {
            _add(SELLER, BUYER, 1);
        }
        _expectLength(_agent.MAX_BATCH() + 1);
        _settle();
    }

    function testAReferenceThatIsTwiceInABatchUndoesAll() public {
        _add(SELLER, BUYER, 1);
        _add(SELLER, BUYER, 1);
        _batch[1].referenceId = _name(1);
        _expectRefused(
            1, abi.encodeWithSelector(SettlementAgent.SettlementRepeated.selector, _name(1))
        );
        _settle();
        _assertBalances(ISSUED, 0);
        assertTrue("the first is not settled", !_agent.isSettled(_name(1)));
    }

    function testAReferenceSettledBeforeUndoesTheBatch() public {
        CHEATS.prank(OPERATOR);
        _agent.settle(address(_token), SELLER, BUYER, 1, _name(2));
        _add(SELLER, BUYER, 1);
        _add(SELLER, BUYER, 1);
        _expectRefused(
            1, abi.encodeWithSelector(SettlementAgent.SettlementRepeated.selector, _name(2))
        );
        _settle();
        _assertBalances(ISSUED - 1, 1);
    }

    function testEachRefusalIsToldWithItsPlaceAndItsNumbers() public {
        _add(SELLER, BUYER, 600);
        _add(SELLER, BUYER, 600);
        _token.freezePartialTokens(SELLER, 100);
        _expectRefused(
            1,
            abi.encodeWithSelector(
                SettlementAgent.SettlementInsufficientBalance.selector,
                address(_token),
                SELLER,
                400,
                100,
                600
            )
        );
        _settle();
        _token.setAddressFrozen(BUYER, true);
        _expectRefused(
            0,
            abi.encodeWithSelector(
                SettlementAgent.SettlementWalletFrozen.selector, address(_token), BUYER
            )
        );
        _settle();
        _token.pause();
        _expectRefused(
            0,
            abi.encodeWithSelector(SettlementAgent.SettlementTokenPaused.selector, address(_token))
        );
        _settle();
    }

    function testAnUnverifiedPartyIsRefused() public {
        _registry.deleteIdentity(SELLER);
        _add(SELLER, BUYER, 1);
        _expectRefused(
            0,
            abi.encodeWithSelector(
                SettlementAgent.SettlementWalletNotVerified.selector, address(_token), SELLER
            )
        );
        _settle();
    }

    function testAModuleOfTheTokenIsAsked() public {
        uint16[] memory countries = new uint16[](1);
        countries[0] = FRANCE;
        _addModule(
            address(new CountryModule()),
            abi.encodeCall(CountryModule.setCountries, (false, countries))
        );
        _add(SELLER, BUYER, 7);
        _expectRefused(
            0,
            abi.encodeWithSelector(
                SettlementAgent.SettlementComplianceRefused.selector,
                address(_token),
                SELLER,
                BUYER,
                7
            )
        );
        _settle();
    }

    function testATokenThatIsNoneIsRefused() public {
        _add(SELLER, BUYER, 1);
        _batch[0].token = STRANGER;
        _expectRefused(0, "");
        _settle();
    }

    function testFuzzOnlyAnOperatorSettlesABatch(address caller) public {
        CHEATS.assume(caller != OPERATOR && caller != address(_agent));
        _add(SELLER, BUYER, 1);
        bytes memory refusal =
            abi.encodeWithSelector(SettlementAgent.SettlementUnauthorized.selector, caller);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(caller);
        _agent.settleBatch(_batch);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(caller);
        _agent.settleForBatch(_batch[0]);
    }

    function testAnOperatorHasNoShortcutPastTheBatch() public {
        _add(SELLER, BUYER, 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(SettlementAgent.SettlementUnauthorized.selector, OPERATOR)
        );
        CHEATS.prank(OPERATOR);
        _agent.settleForBatch(_batch[0]);
    }

    function testFuzzAllOrNothing(uint256[5] memory amounts) public {
        uint256 sum = 0;
        uint256 failing = amounts.length;
        for (uint256 index = 0; index < amounts.length; ++index) {
            uint256 amount = within(amounts[index], 0, ISSUED / 2);
            _add(SELLER, BUYER, amount);
            sum += amount;
            bool fails = amount == 0 || sum > ISSUED;
            if (fails && failing == amounts.length) failing = index;
        }
        CHEATS.prank(OPERATOR);
        try _agent.settleBatch(_batch) {
            assertEqual("none fails", failing, amounts.length);
            _assertBalances(ISSUED - sum, sum);
        } catch (bytes memory reason) {
            assertTrue("one fails", failing < amounts.length);
            assertEqual("the first that does", _place(reason), failing);
            _assertBalances(ISSUED, 0);
        }
    }

    function _add(address from, address to, uint256 amount) private {
        _batch.push(
            SettlementAgent.Settlement(address(_token), from, to, amount, _name(_batch.length + 1))
        );
    }

    function _settle() private {
        SettlementAgent.Settlement[] memory batch = _batch;
        CHEATS.prank(OPERATOR);
        _agent.settleBatch(batch);
    }

    function _expectRefused(uint256 index, bytes memory reason) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                SettlementAgent.SettlementBatchRefused.selector,
                index,
                _batch[index].referenceId,
                reason
            )
        );
    }

    function _expectLength(uint256 length) private {
        uint256 limit = _agent.MAX_BATCH();
        CHEATS.expectRevert(
            abi.encodeWithSelector(SettlementAgent.SettlementBatchLength.selector, length, limit)
        );
    }

    /// @dev The first argument of an error.
    function _place(bytes memory reason) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := mload(add(reason, 0x24))
        }
    }

    function _name(uint256 number) private pure returns (bytes32) {
        return bytes32(number);
    }

    function _assertBalances(uint256 seller, uint256 buyer) private view {
        assertEqual("seller", _token.balanceOf(SELLER), seller);
        assertEqual("buyer", _token.balanceOf(BUYER), buyer);
    }
}
