// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {HolderModule} from "./HolderModule.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";

/**
 * @title How many holders a token may have
 * @notice A move that adds a holder is refused when there would be more than the cap after it. One
 * that takes over all that another holder has frees that holder's place. Moves among present
 * holders are always allowed, also while there are more than a cap that was lowered.
 */
contract HolderCapModule is HolderModule {
    mapping(address compliance => mapping(uint256 term => uint256)) private _caps;

    /// @notice From now on the token may have `cap` holders.
    event HolderCapSet(address indexed compliance, uint256 cap);

    /// @notice Sets the cap; called through the compliance. 0, as before the first call: nobody.
    function setHolderCap(uint256 cap) external onlyBound {
        _caps[msg.sender][_term(msg.sender)] = cap;
        emit HolderCapSet(msg.sender, cap);
    }

    /// @notice How many holders the token of `compliance` may have.
    function holderCap(address compliance) public view returns (uint256) {
        return _caps[compliance][_term(compliance)];
    }

    /// @inheritdoc IComplianceModule
    function moduleCheck(address from, address to, uint256 value, address compliance)
        external
        view
        returns (bool)
    {
        if (to == address(0) || value == 0) return true;
        if (!isComplete(compliance)) return false;
        if (_isSameHolder(compliance, from, to) || holdingOf(compliance, to) != 0) return true;
        bool leaves = from != address(0) && holdingOf(compliance, from) == value;
        return holderCount(compliance) + (leaves ? 0 : 1) <= holderCap(compliance);
    }

    /// @inheritdoc IComplianceModule
    function name() external pure returns (string memory) {
        return "HolderCapModule";
    }
}
