// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICompliance} from "../interfaces/ICompliance.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {IERC3643Token} from "../interfaces/IERC3643Token.sol";
import {IIdentityRegistry} from "../interfaces/IIdentityRegistry.sol";

/**
 * @title What every compliance module of ours begins with
 * @notice One instance serves every token of a chain: whatever it keeps, it keeps for each
 * compliance apart, and only that compliance changes it. A compliance passes its owner's settings
 * on by `callModuleFunction`; the module itself has no owner and no key.
 *
 * What a module keeps belongs to one *term*, the time from being added to being removed. A module
 * that is added again begins anew, because nobody told it what happened in between.
 */
abstract contract ComplianceModule is IComplianceModule {
    /// @dev Counts bindings and unbindings: an odd number is a term that runs.
    mapping(address compliance => uint256) private _terms;

    /// @notice Only a compliance that has added this module may call this.
    error ModuleComplianceNotBound(address caller);

    /// @notice The compliance has added this module already.
    error ModuleComplianceBound(address compliance);

    /// @notice A compliance adds and removes a module by itself, not another one.
    error ModuleUnauthorized(address caller, address compliance);

    modifier onlyBound() {
        if (!isComplianceBound(msg.sender)) revert ModuleComplianceNotBound(msg.sender);
        _;
    }

    /// @inheritdoc IComplianceModule
    function bindCompliance(address compliance) external {
        if (msg.sender != compliance) revert ModuleUnauthorized(msg.sender, compliance);
        if (isComplianceBound(compliance)) revert ModuleComplianceBound(compliance);
        ++_terms[compliance];
        emit ComplianceBound(compliance);
    }

    /// @inheritdoc IComplianceModule
    function unbindCompliance(address compliance) external onlyBound {
        if (msg.sender != compliance) revert ModuleUnauthorized(msg.sender, compliance);
        ++_terms[compliance];
        emit ComplianceUnbound(compliance);
    }

    /// @inheritdoc IComplianceModule
    function moduleTransferAction(address from, address to, uint256 value) external onlyBound {
        _moved(msg.sender, from, to, value);
    }

    /// @inheritdoc IComplianceModule
    function moduleMintAction(address to, uint256 value) external onlyBound {
        _moved(msg.sender, address(0), to, value);
    }

    /// @inheritdoc IComplianceModule
    function moduleBurnAction(address from, uint256 value) external onlyBound {
        _moved(msg.sender, from, address(0), value);
    }

    /// @inheritdoc IComplianceModule
    function isComplianceBound(address compliance) public view returns (bool) {
        return _terms[compliance] % 2 == 1;
    }

    /// @inheritdoc IComplianceModule
    function canComplianceBind(address compliance) external view virtual returns (bool);

    /// @inheritdoc IComplianceModule
    function isPlugAndPlay() external pure virtual returns (bool);

    /// @dev Keeps what the rule needs to know of a move that has been made; of most, nothing.
    function _moved(address compliance, address from, address to, uint256 value) internal virtual {}

    /// @dev What the module keeps for this compliance is kept under this number.
    function _term(address compliance) internal view returns (uint256) {
        return _terms[compliance];
    }

    function _token(address compliance) internal view returns (IERC3643Token) {
        return IERC3643Token(ICompliance(compliance).getTokenBound());
    }

    function _registry(IERC3643Token token) internal view returns (IIdentityRegistry) {
        return IIdentityRegistry(token.identityRegistry());
    }
}
