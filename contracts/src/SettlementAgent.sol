// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ICompliance} from "./interfaces/ICompliance.sol";
import {IERC3643Token} from "./interfaces/IERC3643Token.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";

/**
 * @title Settlement of trades in ERC-3643 tokens
 * @notice Moves tokens from seller to buyer for a trade that the book of record has made.
 *
 * The holders do not sign, so the move is a `forcedTransfer`, which ERC-3643 lets an agent make
 * over pause, freezes and compliance alike. This contract is the agent in place of a key, and
 * checks in the same transaction what the holder's own transfer would have to pass, and that the
 * sender is still verified. Nothing can change between check and move.
 *
 * IMPORTANT: an operator needs no agent role of its own for settlement, and must not be given one:
 * with it the checks here could be walked around.
 */
contract SettlementAgent is Ownable2Step {
    /// @notice One move of a batch; the fields are the arguments of `settle`.
    struct Settlement {
        address token;
        address from;
        address to;
        uint256 amount;
        bytes32 referenceId;
    }

    /// @notice How many moves a batch may have: what fits into a block of 30 million gas with room.
    uint256 public constant MAX_BATCH = 50;

    mapping(address account => bool) private _operators;
    mapping(bytes32 referenceId => bool) private _settled;

    /// @notice `account` may settle from now on, or may no longer.
    event OperatorChanged(address indexed account, bool allowed);

    /// @notice The move that the book of record calls `referenceId` has been made.
    event Settled(
        bytes32 indexed referenceId, address indexed token, address from, address to, uint256 amount
    );

    /// @notice Only an operator settles.
    error SettlementUnauthorized(address caller);

    /// @notice A settlement needs a name, so that it happens once.
    error SettlementReferenceMissing();

    /// @notice This settlement was made before.
    error SettlementRepeated(bytes32 referenceId);

    /// @notice ERC-3643 has no transfer of nothing.
    error SettlementAmountZero(bytes32 referenceId);

    /// @notice Seller and buyer are one wallet.
    error SettlementSameWallet(address wallet);

    /// @notice The token is paused.
    error SettlementTokenPaused(address token);

    /// @notice The wallet is frozen for this token.
    error SettlementWalletFrozen(address token, address wallet);

    /// @notice The wallet has no identity with the claims that the token requires.
    error SettlementWalletNotVerified(address token, address wallet);

    /// @notice What is left of the balance without its frozen part is less than needed.
    error SettlementInsufficientBalance(
        address token, address wallet, uint256 balance, uint256 frozen, uint256 needed
    );

    /// @notice The token's rules forbid the transfer.
    error SettlementComplianceRefused(address token, address from, address to, uint256 amount);

    /// @notice The buyer did not get what was sold: a module of the token took or added some.
    error SettlementDeliveryMismatch(address token, uint256 expected, uint256 delivered);

    /// @notice A batch has one move at least and `limit` at most.
    error SettlementBatchLength(uint256 length, uint256 limit);

    /// @notice No move of the batch was made, because of the one at `index`.
    /// @param reason What `settle` would have reverted with for that move alone.
    error SettlementBatchRefused(uint256 index, bytes32 referenceId, bytes reason);

    /// @param owner The cold key that names operators.
    constructor(address owner) Ownable(owner) {}

    /// @notice Lets `account` settle, or no longer.
    function setOperator(address account, bool allowed) external onlyOwner {
        _operators[account] = allowed;
        emit OperatorChanged(account, allowed);
    }

    /**
     * @notice Moves `amount` of `token` from `from` to `to`, once for each `referenceId`.
     * @param amount In the token's smallest unit.
     * @param referenceId Names the settlement in the book of record; must not be zero.
     */
    function settle(address token, address from, address to, uint256 amount, bytes32 referenceId)
        external
    {
        if (!_operators[msg.sender]) revert SettlementUnauthorized(msg.sender);
        _settle(token, from, to, amount, referenceId);
    }

    /**
     * @notice Makes all moves of a batch in their order, or none of them.
     *
     * Each is checked after those before it have been made, so a batch may move on what it moved.
     * Each is a call of its own from this contract to itself, for one reason: so that a refusal can
     * be caught and told together with its place in the batch.
     */
    function settleBatch(Settlement[] calldata settlements) external {
        if (!_operators[msg.sender]) revert SettlementUnauthorized(msg.sender);
        uint256 length = settlements.length;
        if (length == 0 || length > MAX_BATCH) revert SettlementBatchLength(length, MAX_BATCH);
        for (uint256 index = 0; index < length; ++index) {
            Settlement calldata each = settlements[index];
            try this.settleForBatch(each) {}
            catch (bytes memory reason) {
                revert SettlementBatchRefused(index, each.referenceId, reason);
            }
        }
    }

    /// @notice One move of a batch; this contract calls it, nobody else may.
    function settleForBatch(Settlement calldata each) external {
        if (msg.sender != address(this)) revert SettlementUnauthorized(msg.sender);
        _settle(each.token, each.from, each.to, each.amount, each.referenceId);
    }

    /// @notice Whether `account` may settle.
    function isOperator(address account) external view returns (bool) {
        return _operators[account];
    }

    /// @notice Whether the settlement of this name has been made.
    function isSettled(bytes32 referenceId) external view returns (bool) {
        return _settled[referenceId];
    }

    function _settle(address token, address from, address to, uint256 amount, bytes32 referenceId)
        private
    {
        if (referenceId == bytes32(0)) revert SettlementReferenceMissing();
        if (_settled[referenceId]) revert SettlementRepeated(referenceId);
        if (amount == 0) revert SettlementAmountZero(referenceId);
        if (from == to) revert SettlementSameWallet(from);
        // Before any call to another contract, so that a token that calls back finds it settled.
        _settled[referenceId] = true;
        _checkParties(IERC3643Token(token), from, to);
        _checkTransfer(IERC3643Token(token), from, to, amount);
        _deliver(IERC3643Token(token), from, to, amount);
        emit Settled(referenceId, token, from, to, amount);
    }

    function _checkParties(IERC3643Token token, address from, address to) private view {
        if (token.paused()) revert SettlementTokenPaused(address(token));
        if (token.isFrozen(from)) revert SettlementWalletFrozen(address(token), from);
        if (token.isFrozen(to)) revert SettlementWalletFrozen(address(token), to);
        IIdentityRegistry registry = IIdentityRegistry(token.identityRegistry());
        if (!registry.isVerified(from)) revert SettlementWalletNotVerified(address(token), from);
        if (!registry.isVerified(to)) revert SettlementWalletNotVerified(address(token), to);
    }

    function _checkTransfer(IERC3643Token token, address from, address to, uint256 amount)
        private
        view
    {
        uint256 balance = token.balanceOf(from);
        uint256 frozen = token.getFrozenTokens(from);
        // Not `balance - frozen`: a token that broke frozen <= balance must be refused with numbers.
        if (frozen > balance || amount > balance - frozen) {
            revert SettlementInsufficientBalance(address(token), from, balance, frozen, amount);
        }
        if (!ICompliance(token.compliance()).canTransfer(from, to, amount)) {
            revert SettlementComplianceRefused(address(token), from, to, amount);
        }
    }

    function _deliver(IERC3643Token token, address from, address to, uint256 amount) private {
        uint256 before = token.balanceOf(to);
        bool moved = token.forcedTransfer(from, to, amount);
        uint256 held = token.balanceOf(to);
        if (!moved || held != before + amount) {
            revert SettlementDeliveryMismatch(address(token), before + amount, held);
        }
    }
}
