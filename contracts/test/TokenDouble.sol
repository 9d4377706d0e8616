// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICompliance} from "../src/interfaces/ICompliance.sol";
import {IERC3643Token} from "../src/interfaces/IERC3643Token.sol";
import {IIdentityRegistry} from "../src/interfaces/IIdentityRegistry.sol";

/**
 * @title A token with its registry and its rules in one, whose every answer a test sets
 * @dev `forcedTransfer` looks at the balance alone, as T-REX's does: every other refusal must come
 * from the agent. The real T-REX is exercised on a node.
 */
contract TokenDouble is IERC3643Token, IIdentityRegistry, ICompliance {
    mapping(address wallet => uint256) public balanceOf;
    mapping(address wallet => uint256) public getFrozenTokens;
    mapping(address wallet => bool) public isFrozen;
    mapping(address wallet => bool) public isVerified;
    mapping(address account => bool) public isAgent;
    bool public paused;
    bool public compliant = true;
    bool public answer = true;
    uint256 public fee;
    uint256 public totalSupply;
    uint8 public constant decimals = 2;
    address public callBack;
    bytes public callBackData;

    function setBalance(address wallet, uint256 balance, uint256 frozen) external {
        balanceOf[wallet] = balance;
        getFrozenTokens[wallet] = frozen;
    }

    function setAgent(address account, bool agent) external {
        isAgent[account] = agent;
    }

    function setFrozen(address wallet, bool frozen) external {
        isFrozen[wallet] = frozen;
    }

    function setVerified(address wallet, bool verified) external {
        isVerified[wallet] = verified;
    }

    function setPaused(bool value) external {
        paused = value;
    }

    function setCompliant(bool value) external {
        compliant = value;
    }

    function setAnswer(bool value) external {
        answer = value;
    }

    /// @dev What a module such as TransferFees takes from the buyer.
    function setFee(uint256 value) external {
        fee = value;
    }

    /// @dev Makes every transfer call this first, and revert as the call does.
    function setCallBack(address target, bytes calldata data) external {
        callBack = target;
        callBackData = data;
    }

    function identityRegistry() external view returns (address) {
        return address(this);
    }

    function compliance() external view returns (address) {
        return address(this);
    }

    function getTokenBound() external view returns (address) {
        return address(this);
    }

    function identity(address) external pure returns (address) {
        return address(0);
    }

    function investorCountry(address) external pure returns (uint16) {
        return 0;
    }

    function canTransfer(address, address, uint256) external view returns (bool) {
        return compliant;
    }

    function allowance(address, address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return forcedTransfer(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        return forcedTransfer(from, to, amount);
    }

    function forcedTransfer(address from, address to, uint256 amount) public returns (bool) {
        if (callBack != address(0)) {
            (bool done, bytes memory reason) = callBack.call(callBackData);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        return answer;
    }
}
