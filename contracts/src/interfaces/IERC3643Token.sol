// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What the our contracts ask of an ERC-3643 token
interface IERC3643Token {
    /// @notice Moves tokens as an agent; does not look at pause, freezes or compliance.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool);

    /// @notice Moves the caller's tokens, if pause, freezes, registry and rules allow it.
    function transfer(address to, uint256 amount) external returns (bool);

    /// @notice Moves tokens that their holder has approved, under the same conditions.
    function transferFrom(address from, address to, uint256 amount) external returns (bool);

    /// @notice Whether holders' transfers are stopped for the whole token.
    function paused() external view returns (bool);

    /// @notice Whether all transfers from and to this wallet are stopped.
    function isFrozen(address wallet) external view returns (bool);

    /// @notice How much of the wallet's balance may not be moved.
    function getFrozenTokens(address wallet) external view returns (uint256);

    /// @notice All of the wallet's tokens, frozen ones included.
    function balanceOf(address wallet) external view returns (uint256);

    /// @notice How much of the holder's tokens the spender may move.
    function allowance(address holder, address spender) external view returns (uint256);

    /// @notice All that was minted and not burned.
    function totalSupply() external view returns (uint256);

    /// @notice How many decimals the smallest unit has.
    function decimals() external view returns (uint8);

    /// @notice Whether the account may act as an agent of the token.
    function isAgent(address account) external view returns (bool);

    /// @notice The registry that knows who stands behind a wallet.
    function identityRegistry() external view returns (address);

    /// @notice The rules that a transfer must keep.
    function compliance() external view returns (address);
}
