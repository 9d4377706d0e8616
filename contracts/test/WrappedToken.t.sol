// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {CountryModule} from "../src/compliance/CountryModule.sol";
import {LockUpModule} from "../src/compliance/LockUpModule.sol";
import {MaxBalanceModule} from "../src/compliance/MaxBalanceModule.sol";
import {WrappedToken} from "../src/WrappedToken.sol";
import {Suite} from "./Suite.sol";
import {TokenDouble} from "./TokenDouble.sol";

contract WrappedTokenTest is Suite {
    address private constant ALICE = address(0xA11CE);
    address private constant BERTA = address(0xBE27A);
    address private constant STRANGER = address(0xBAD);
    uint256 private constant ISSUED = 1000;
    uint256 private constant TOPIC = 1;

    WrappedToken private _wrapped;

    function setUp() public {
        _deploySuite();
        _wrapped = new WrappedToken(_token, "Wrapped Invoice 1", "wINV1");
        _admit(address(_wrapped), BRITAIN);
        _admit(ALICE, BRITAIN);
        _admit(BERTA, FRANCE);
        _token.mint(ALICE, ISSUED);
        CHEATS.prank(ALICE);
        _token.approve(address(_wrapped), type(uint256).max);
    }

    function testUnitsGoInAndOutOneToOne() public {
        CHEATS.expectEmit(true, true, true, true, address(_wrapped));
        emit WrappedToken.Wrapped(ALICE, 300);
        _wrap(ALICE, 300);
        _assertHoldings(700, 300, 0);
        _pass(ALICE, BERTA, 100);
        _assertHoldings(700, 200, 100);
        CHEATS.expectEmit(true, true, true, true, address(_wrapped));
        emit WrappedToken.Unwrapped(BERTA, BERTA, BERTA, 60);
        _unwrap(BERTA, 60);
        _assertHoldings(700, 200, 40);
        assertEqual("beneath", _token.balanceOf(BERTA), 60);
        assertEqual("decimals", _wrapped.decimals(), 2);
        assertTrue("underlying", _wrapped.underlying() == address(_token));
    }

    function testAnAllowanceMovesWrappedUnits() public {
        _wrap(ALICE, 300);
        CHEATS.prank(ALICE);
        _wrapped.approve(BERTA, 50);
        CHEATS.prank(BERTA);
        assertTrue("moved", _wrapped.transferFrom(ALICE, BERTA, 50));
        _assertHoldings(700, 250, 50);
    }

    function testNothingIsNotWrapped() public {
        CHEATS.expectRevert(abi.encodeWithSelector(WrappedToken.WrappedAmountZero.selector));
        _wrap(ALICE, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(WrappedToken.WrappedAmountZero.selector));
        _unwrap(ALICE, 0);
    }

    function testWhatIsNotApprovedIsNotWrapped() public {
        CHEATS.prank(ALICE);
        _token.approve(address(_wrapped), 9);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(_wrapped), 9, 10
            )
        );
        _wrap(ALICE, 10);
    }

    function testNobodyTakesOutMoreThanIsTheirs() public {
        _wrap(ALICE, 300);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, BERTA, 0, 1)
        );
        _unwrap(BERTA, 1);
    }

    function testOnlyVerifiedHoldersReceive() public {
        _wrap(ALICE, 300);
        _expectNotVerified(STRANGER);
        _pass(ALICE, STRANGER, 1);
        _pass(ALICE, BERTA, 1);
        _topics.addClaimTopic(TOPIC);
        _expectNotVerified(BERTA);
        _pass(ALICE, BERTA, 1);
        _expectWords("Transfer not possible");
        _unwrap(BERTA, 1);
        _topics.removeClaimTopic(TOPIC);
        _unwrap(BERTA, 1);
    }

    function testOnlyVerifiedHoldersWrap() public {
        // Who lost the claims may not send to anybody unverified, but the wrapper is verified.
        _registry.deleteIdentity(ALICE);
        _expectNotVerified(ALICE);
        _wrap(ALICE, 1);
    }

    function testAWrapperThatIsNotRegisteredWrapsNothing() public {
        _registry.deleteIdentity(address(_wrapped));
        _expectWords("Transfer not possible");
        _wrap(ALICE, 1);
    }

    function testThePauseBeneathHolds() public {
        _wrap(ALICE, 300);
        _token.pause();
        _expectWords("Pausable: paused");
        _wrap(ALICE, 1);
        _expectWords("Pausable: paused");
        _unwrap(ALICE, 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(WrappedToken.WrappedTokenPaused.selector, address(_token))
        );
        _pass(ALICE, BERTA, 1);
    }

    function testAFreezeBeneathHolds() public {
        _wrap(ALICE, 300);
        _pass(ALICE, BERTA, 100);
        _token.setAddressFrozen(ALICE, true);
        _expectWords("wallet is frozen");
        _wrap(ALICE, 1);
        _expectWords("wallet is frozen");
        _unwrap(ALICE, 1);
        _expectFrozen(ALICE);
        _pass(ALICE, BERTA, 1);
        _expectFrozen(ALICE);
        _pass(BERTA, ALICE, 1);
        _unwrap(BERTA, 1);
    }

    function testAPartThatIsFrozenIsNotWrapped() public {
        _token.freezePartialTokens(ALICE, 900);
        _expectWords("Insufficient Balance");
        _wrap(ALICE, 101);
        _wrap(ALICE, 100);
    }

    function testTheCountriesBeneathHold() public {
        CountryModule module = new CountryModule();
        uint16[] memory countries = new uint16[](1);
        countries[0] = BRITAIN;
        _addModule(address(module), abi.encodeCall(CountryModule.setCountries, (true, countries)));
        _wrap(ALICE, 300);
        _expectRefused(BERTA, 1);
        _pass(ALICE, BERTA, 1);
    }

    function testALockBeneathHolds() public {
        LockUpModule module = new LockUpModule();
        uint64 release = uint64(block.timestamp + 1 days);
        _addModule(address(module), abi.encodeCall(LockUpModule.setLockUp, (release)));
        _token.mint(ALICE, 10);
        _expectWords("Transfer not possible");
        _wrap(ALICE, ISSUED + 1);
        _wrap(ALICE, ISSUED);
        _pass(ALICE, BERTA, ISSUED);
    }

    function testNobodyComesToHoldMoreThanCouldBeUnwrapped() public {
        _token.burn(ALICE, ISSUED);
        MaxBalanceModule module = new MaxBalanceModule();
        _addModule(address(module), abi.encodeCall(MaxBalanceModule.setMaxBalance, (200)));
        _token.mint(ALICE, 200);
        _wrap(ALICE, 150);
        _token.mint(BERTA, 100);
        _pass(ALICE, BERTA, 100);
        _expectRefused(BERTA, 101);
        _pass(ALICE, BERTA, 1);
        _unwrap(BERTA, 100);
    }

    function testADonationIsNobodysUntilItIsAssigned() public {
        _wrap(ALICE, 300);
        _send(ALICE, address(_wrapped), 50);
        assertEqual("supply", _wrapped.totalSupply(), 350);
        assertEqual("nobody's", _wrapped.balanceOf(address(_wrapped)), 50);
        CHEATS.expectRevert(_differenceTooSmall(50, 51));
        _wrapped.assign(ALICE, 51);
        _expectNotVerified(STRANGER);
        _wrapped.assign(STRANGER, 1);
        CHEATS.expectEmit(true, true, true, true, address(_wrapped));
        emit WrappedToken.Assigned(ALICE, address(this), 50);
        _wrapped.assign(ALICE, 50);
        _assertHoldings(650, 350, 0);
    }

    function testNobodyCreditsTheWrapperItself() public {
        _wrap(ALICE, 300);
        bytes memory refusal =
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(_wrapped));
        CHEATS.expectRevert(refusal);
        _pass(ALICE, address(_wrapped), 1);
        _send(ALICE, address(_wrapped), 50);
        CHEATS.expectRevert(refusal);
        _wrapped.assign(address(_wrapped), 50);
    }

    function testNothingMovesOnAShortfallUntilItIsWrittenOff() public {
        _wrap(ALICE, 300);
        _pass(ALICE, BERTA, 100);
        _token.forcedTransfer(address(_wrapped), BERTA, 80);
        assertEqual("supply", _wrapped.totalSupply(), 220);
        bytes memory refusal = abi.encodeWithSelector(
            WrappedToken.WrappedShortfall.selector, address(_token), 300, 220
        );
        CHEATS.expectRevert(refusal);
        _pass(ALICE, BERTA, 1);
        CHEATS.expectRevert(refusal);
        _unwrap(ALICE, 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedShortfall.selector, address(_token), 301, 221
            )
        );
        _wrap(ALICE, 1);
        CHEATS.expectRevert(_differenceTooSmall(80, 81));
        _wrapped.writeOff(ALICE, 81);
        CHEATS.expectEmit(true, true, true, true, address(_wrapped));
        emit WrappedToken.WrittenOff(ALICE, address(this), 80);
        _wrapped.writeOff(ALICE, 80);
        _assertHoldings(700, 120, 100);
        _unwrap(BERTA, 100);
        CHEATS.expectRevert(_differenceTooSmall(0, 1));
        _wrapped.writeOff(ALICE, 1);
    }

    function testAnAgentDeliversALostWalletsUnitsToTheNewOne() public {
        _wrap(ALICE, 300);
        _token.setAddressFrozen(ALICE, true);
        CHEATS.expectEmit(true, true, true, true, address(_wrapped));
        emit WrappedToken.Unwrapped(ALICE, BERTA, address(this), 300);
        _wrapped.forcedUnwrap(ALICE, BERTA, 300);
        _assertHoldings(700, 0, 0);
        assertEqual("beneath", _token.balanceOf(BERTA), 300);
    }

    function testAForcedDeliveryGoesToVerifiedHoldersOnly() public {
        _wrap(ALICE, 300);
        _expectWords("Transfer not possible");
        _wrapped.forcedUnwrap(ALICE, STRANGER, 300);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedDeliveryMismatch.selector, address(_token), 0, 300
            )
        );
        _wrapped.forcedUnwrap(ALICE, address(_wrapped), 300);
    }

    function testFuzzOnlyAnAgentActsOverAHolder(address caller) public {
        CHEATS.assume(caller != address(this) && caller != address(0));
        _wrap(ALICE, 300);
        bytes memory refusal =
            abi.encodeWithSelector(WrappedToken.WrappedUnauthorized.selector, caller);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(caller);
        _wrapped.forcedUnwrap(ALICE, caller, 1);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(caller);
        _wrapped.assign(caller, 0);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(caller);
        _wrapped.writeOff(ALICE, 0);
    }

    function testFuzzWhatGoesInComesOut(uint256 inside, uint256 passed) public {
        inside = within(inside, 1, ISSUED);
        passed = within(passed, 0, inside);
        _wrap(ALICE, inside);
        _pass(ALICE, BERTA, passed);
        if (passed != 0) _unwrap(BERTA, passed);
        if (passed != inside) _unwrap(ALICE, inside - passed);
        _assertHoldings(ISSUED - passed, 0, 0);
        assertEqual("beneath", _token.balanceOf(BERTA), passed);
    }

    function testATokenThatDeliversLessWrapsNothing() public {
        (WrappedToken wrapped, TokenDouble double) = _hostile();
        double.setFee(1);
        _expectMismatch(double, 10, 9);
        CHEATS.prank(ALICE);
        wrapped.wrap(10);
        double.setFee(0);
        double.setAnswer(false);
        _expectMismatch(double, 10, 10);
        CHEATS.prank(ALICE);
        wrapped.wrap(10);
        double.setAnswer(true);
        CHEATS.prank(ALICE);
        wrapped.wrap(10);
        double.setAnswer(false);
        _expectMismatch(double, 5, 5);
        CHEATS.prank(ALICE);
        wrapped.unwrap(5);
    }

    function testATokenThatCallsBackWrapsNothingTwice() public {
        (WrappedToken wrapped, TokenDouble double) = _hostile();
        bytes[2] memory calls =
            [abi.encodeCall(wrapped.wrap, (1)), abi.encodeCall(wrapped.unwrap, (1))];
        for (uint256 index = 0; index < calls.length; ++index) {
            double.setCallBack(address(wrapped), calls[index]);
            CHEATS.expectRevert(
                abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector)
            );
            CHEATS.prank(ALICE);
            wrapped.wrap(10);
        }
    }

    function _hostile() private returns (WrappedToken wrapped, TokenDouble double) {
        double = new TokenDouble();
        wrapped = new WrappedToken(double, "Wrapped", "w");
        double.setBalance(ALICE, 100, 0);
        double.setVerified(ALICE, true);
    }

    function _wrap(address holder, uint256 amount) private {
        CHEATS.prank(holder);
        _wrapped.wrap(amount);
    }

    function _unwrap(address holder, uint256 amount) private {
        CHEATS.prank(holder);
        _wrapped.unwrap(amount);
    }

    function _pass(address from, address to, uint256 amount) private {
        CHEATS.prank(from);
        _wrapped.transfer(to, amount);
    }

    function _expectNotVerified(address wallet) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedWalletNotVerified.selector, address(_token), wallet
            )
        );
    }

    function _expectFrozen(address wallet) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedWalletFrozen.selector, address(_token), wallet
            )
        );
    }

    function _expectRefused(address wallet, uint256 amount) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedComplianceRefused.selector, address(_token), wallet, amount
            )
        );
    }

    function _expectMismatch(TokenDouble double, uint256 expected, uint256 held) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedDeliveryMismatch.selector, address(double), expected, held
            )
        );
    }

    function _differenceTooSmall(uint256 difference, uint256 needed)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            WrappedToken.WrappedDifferenceTooSmall.selector, difference, needed
        );
    }

    function _assertHoldings(uint256 beneath, uint256 alice, uint256 berta) private view {
        assertEqual("beneath", _token.balanceOf(ALICE), beneath);
        assertEqual("Alice", _wrapped.balanceOf(ALICE), alice);
        assertEqual("Berta", _wrapped.balanceOf(BERTA), berta);
        assertEqual("supply", _wrapped.totalSupply(), alice + berta);
        assertEqual("held", _token.balanceOf(address(_wrapped)), alice + berta);
    }
}
