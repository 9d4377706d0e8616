// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What our contracts ask of an ERC-3643 identity registry
interface IIdentityRegistry {
    /// @notice Whether the wallet has an identity with every claim that the token requires.
    function isVerified(address wallet) external view returns (bool);

    /// @notice The identity behind the wallet; the zero address when it is not registered.
    function identity(address wallet) external view returns (address);

    /// @notice The country of the wallet's holder (ISO 3166 numeric); 0 when it is not registered.
    function investorCountry(address wallet) external view returns (uint16);
}
