// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ICompliance} from "./interfaces/ICompliance.sol";
import {IERC3643Token} from "./interfaces/IERC3643Token.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";

/**
 * @title An ERC-20 in place of a security token, one to one
 * @notice For venues that know plain ERC-20 only. The wrapper holds one unit of the ERC-3643 token
 * beneath for each unit of its own, and asks that token's registry and rules itself: a unit goes
 * only to whom the wrapper could deliver all that they would have of it, unwrapped, in this block.
 * Pause and freezes of the token beneath hold here as well. The wrapper must itself be registered
 * as a verified holder of that token, or nothing can be wrapped.
 *
 * The supply *is* what the wrapper holds, at all times:
 *
 * - What somebody sent to the wrapper without wrapping it shows as the wrapper's own balance. The
 *   token's agent may assign it to a holder, as a rule its sender.
 * - If an agent takes units from the wrapper directly, less is held than holders were credited
 *   with. Nothing moves then until the agent has written the difference off whom it concerned. The
 *   way that needs no such repair is `forcedUnwrap`.
 *
 * IMPORTANT: rules that count holders or holdings see the wrapper as one holder of the token.
 */
contract WrappedToken is ERC20, ReentrancyGuard {
    IERC3643Token private immutable _underlying;

    /// @notice `holder` has changed `amount` of the token beneath into as much of this one.
    event Wrapped(address indexed holder, uint256 amount);

    /// @notice `receiver` got `amount` of the token beneath for as much of `holder`'s here.
    event Unwrapped(
        address indexed holder, address indexed receiver, address indexed caller, uint256 amount
    );

    /// @notice The agent credited `holder` with units that were nobody's.
    event Assigned(address indexed holder, address indexed agent, uint256 amount);

    /// @notice The agent took from `holder` what is no longer held for it.
    event WrittenOff(address indexed holder, address indexed agent, uint256 amount);

    /// @notice Only an agent of the token beneath may do this.
    error WrappedUnauthorized(address caller);

    /// @notice Nothing is wrapped or unwrapped.
    error WrappedAmountZero();

    /// @notice The token beneath is paused.
    error WrappedTokenPaused(address token);

    /// @notice The wallet is frozen for the token beneath.
    error WrappedWalletFrozen(address token, address wallet);

    /// @notice The wallet has no identity with the claims that the token beneath requires.
    error WrappedWalletNotVerified(address token, address wallet);

    /// @notice The rules of the token beneath forbid that `wallet` comes to hold `amount`.
    error WrappedComplianceRefused(address token, address wallet, uint256 amount);

    /// @notice Less of the token beneath is held than holders were credited with.
    error WrappedShortfall(address token, uint256 credited, uint256 held);

    /// @notice Fewer units than `needed` are unassigned, or missing.
    error WrappedDifferenceTooSmall(uint256 difference, uint256 needed);

    /// @notice The token beneath did not move exactly what was asked.
    error WrappedDeliveryMismatch(address token, uint256 expected, uint256 held);

    modifier onlyAgent() {
        if (!_underlying.isAgent(msg.sender)) revert WrappedUnauthorized(msg.sender);
        _;
    }

    /// @param token The ERC-3643 token beneath.
    constructor(IERC3643Token token, string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
    {
        _underlying = token;
    }

    /// @notice Changes `amount` of the caller's token beneath, which it has approved, into this one.
    function wrap(uint256 amount) external nonReentrant {
        if (amount == 0) revert WrappedAmountZero();
        // T-REX 4.1 would panic about it.
        uint256 allowed = _underlying.allowance(msg.sender, address(this));
        if (allowed < amount) revert ERC20InsufficientAllowance(address(this), allowed, amount);
        uint256 expected = totalSupply() + amount;
        bool moved = _underlying.transferFrom(msg.sender, address(this), amount);
        _checkHeld(moved, expected);
        _mint(msg.sender, amount);
        emit Wrapped(msg.sender, amount);
    }

    /// @notice Changes `amount` of this token back for the caller.
    function unwrap(uint256 amount) external nonReentrant {
        _unwrap(msg.sender, msg.sender, amount);
    }

    /**
     * @notice Takes `amount` from `holder` and delivers the token beneath to `receiver`.
     *
     * For what an agent does with `forcedTransfer` and `recoveryAddress` to the token beneath: an
     * order of a court, a lost wallet. It delivers by a plain transfer, so the receiver must be
     * verified, and the pause holds.
     */
    function forcedUnwrap(address holder, address receiver, uint256 amount)
        external
        onlyAgent
        nonReentrant
    {
        _unwrap(holder, receiver, amount);
    }

    /// @notice Credits a holder with units that somebody sent here without wrapping them.
    function assign(address holder, uint256 amount) external onlyAgent nonReentrant {
        uint256 surplus = balanceOf(address(this));
        if (amount > surplus) revert WrappedDifferenceTooSmall(surplus, amount);
        _mint(holder, amount);
        emit Assigned(holder, msg.sender, amount);
    }

    /// @notice Takes from a holder what an agent has taken from the wrapper because of that holder.
    function writeOff(address holder, uint256 amount) external onlyAgent nonReentrant {
        uint256 credited = super.totalSupply();
        uint256 held = totalSupply();
        uint256 missing = credited > held ? credited - held : 0;
        if (amount > missing) revert WrappedDifferenceTooSmall(missing, amount);
        _burn(holder, amount);
        emit WrittenOff(holder, msg.sender, amount);
    }

    /// @notice The ERC-3643 token beneath.
    function underlying() external view returns (address) {
        return address(_underlying);
    }

    /// @notice What the wrapper holds of the token beneath.
    function totalSupply() public view override returns (uint256) {
        return _underlying.balanceOf(address(this));
    }

    /// @notice What `account` has; of the wrapper itself, what is nobody's yet.
    function balanceOf(address account) public view override returns (uint256) {
        if (account != address(this)) return super.balanceOf(account);
        uint256 credited = super.totalSupply();
        uint256 held = totalSupply();
        return held > credited ? held - credited : 0;
    }

    /// @notice As many as the token beneath has.
    function decimals() public view override returns (uint8) {
        return _underlying.decimals();
    }

    /// @dev Looks after the books have changed: what the receiver has then is what must be allowed.
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (to == address(0)) return;
        if (to == address(this)) revert ERC20InvalidReceiver(to);
        _checkCovered();
        _checkParties(from, to);
        uint256 present = balanceOf(to);
        address compliance = _underlying.compliance();
        if (!ICompliance(compliance).canTransfer(address(this), to, present)) {
            revert WrappedComplianceRefused(address(_underlying), to, present);
        }
    }

    function _unwrap(address holder, address receiver, uint256 amount) private {
        if (amount == 0) revert WrappedAmountZero();
        _checkCovered();
        _burn(holder, amount);
        uint256 expected = totalSupply() - amount;
        bool moved = _underlying.transfer(receiver, amount);
        _checkHeld(moved, expected);
        emit Unwrapped(holder, receiver, msg.sender, amount);
    }

    function _checkCovered() private view {
        uint256 credited = super.totalSupply();
        uint256 held = totalSupply();
        if (credited > held) revert WrappedShortfall(address(_underlying), credited, held);
    }

    function _checkParties(address from, address to) private view {
        address token = address(_underlying);
        if (_underlying.paused()) revert WrappedTokenPaused(token);
        if (_underlying.isFrozen(from)) revert WrappedWalletFrozen(token, from);
        if (_underlying.isFrozen(to)) revert WrappedWalletFrozen(token, to);
        IIdentityRegistry registry = IIdentityRegistry(_underlying.identityRegistry());
        if (!registry.isVerified(to)) revert WrappedWalletNotVerified(token, to);
    }

    function _checkHeld(bool moved, uint256 expected) private view {
        uint256 held = totalSupply();
        if (!moved || held != expected) {
            revert WrappedDeliveryMismatch(address(_underlying), expected, held);
        }
    }
}
