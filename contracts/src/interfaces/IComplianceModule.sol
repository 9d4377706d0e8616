// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What an ERC-3643 (T-REX 4.1) modular compliance asks of a module
interface IComplianceModule {
    /// @notice The compliance will ask this module from now on.
    event ComplianceBound(address indexed compliance);

    /// @notice The compliance asks this module no longer.
    event ComplianceUnbound(address indexed compliance);

    /// @notice Called by `compliance` itself when its owner adds the module.
    function bindCompliance(address compliance) external;

    /// @notice Called by `compliance` itself when its owner removes the module.
    function unbindCompliance(address compliance) external;

    /// @notice Called after `value` went from `from` to `to`, forced or not.
    function moduleTransferAction(address from, address to, uint256 value) external;

    /// @notice Called after `value` was minted to `to`.
    function moduleMintAction(address to, uint256 value) external;

    /// @notice Called after `value` of `from` was burned.
    function moduleBurnAction(address from, uint256 value) external;

    /// @notice Whether the rule allows the move; `from` is the zero address for a mint.
    function moduleCheck(address from, address to, uint256 value, address compliance)
        external
        view
        returns (bool);

    /// @notice Whether `compliance` has added this module.
    function isComplianceBound(address compliance) external view returns (bool);

    /// @notice Whether `compliance` may add this module now.
    function canComplianceBind(address compliance) external view returns (bool);

    /// @notice Whether every compliance may add this module at any time.
    function isPlugAndPlay() external pure returns (bool);

    /// @notice The module's name.
    function name() external pure returns (string memory);
}
