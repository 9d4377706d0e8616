// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {HolderModule} from "./HolderModule.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";

/**
 * @title How much one holder may have
 * @notice Counted for a holder's wallets together: a second wallet is no way around it. Moves
 * between wallets of one holder are always allowed.
 */
contract MaxBalanceModule is HolderModule {
    mapping(address compliance => mapping(uint256 term => uint256)) private _limits;

    /// @notice From now on nobody may receive more than makes `limit` in all.
    event MaxBalanceSet(address indexed compliance, uint256 limit);

    /**
     * @notice Sets the limit; called through the compliance.
     * @param limit In the token's smallest unit. 0, as before the first call: nobody may receive.
     */
    function setMaxBalance(uint256 limit) external onlyBound {
        _limits[msg.sender][_term(msg.sender)] = limit;
        emit MaxBalanceSet(msg.sender, limit);
    }

    /// @notice How much one holder of the token of `compliance` may have.
    function maxBalance(address compliance) public view returns (uint256) {
        return _limits[compliance][_term(compliance)];
    }

    /// @inheritdoc IComplianceModule
    function moduleCheck(address from, address to, uint256 value, address compliance)
        external
        view
        returns (bool)
    {
        if (to == address(0)) return true;
        if (!isComplete(compliance)) return false;
        if (_isSameHolder(compliance, from, to)) return true;
        uint256 held = holdingOf(compliance, to);
        uint256 limit = maxBalance(compliance);
        return held <= limit && value <= limit - held;
    }

    /// @inheritdoc IComplianceModule
    function name() external pure returns (string memory) {
        return "MaxBalanceModule";
    }
}
