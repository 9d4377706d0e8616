// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What our contracts ask of an ERC-3643 compliance contract
interface ICompliance {
    /// @notice Whether the token's rules allow this transfer now.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);

    /// @notice The token whose rules these are; the zero address while there is none.
    function getTokenBound() external view returns (address);
}
