// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What the settlement agent asks of an ERC-3643 identity registry
interface IIdentityRegistry {
    /// @notice Whether the wallet has an identity with every claim that the token requires.
    function isVerified(address wallet) external view returns (bool);
}
