// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Testing} from "./Testing.sol";
import {IERC3643Token} from "../src/interfaces/IERC3643Token.sol";

/// @title What the tests call on a T-REX token
interface ITrexToken is IERC3643Token {
    function init(
        address registry,
        address compliance,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        address identity
    ) external;
    function addAgent(address agent) external;
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
    function pause() external;
    function unpause() external;
    function approve(address spender, uint256 amount) external returns (bool);
    function setAddressFrozen(address wallet, bool frozen) external;
    function freezePartialTokens(address wallet, uint256 amount) external;
    function recoveryAddress(address lost, address wallet, address identity) external returns (bool);
}

/// @title What the tests call on T-REX's registry of holders
interface ITrexRegistry {
    function init(address issuers, address topics, address identityStorage) external;
    function addAgent(address agent) external;
    function registerIdentity(address wallet, address identity, uint16 country) external;
    function updateIdentity(address wallet, address identity) external;
    function updateCountry(address wallet, uint16 country) external;
    function deleteIdentity(address wallet) external;
}

/// @title What the tests call on the stores beneath the registry
interface ITrexStore {
    function init() external;
    function bindIdentityRegistry(address registry) external;
    function addClaimTopic(uint256 topic) external;
    function removeClaimTopic(uint256 topic) external;
}

/// @title What the tests call on T-REX's modular compliance
interface ITrexCompliance {
    function init() external;
    function addModule(address module) external;
    function removeModule(address module) external;
    function callModuleFunction(bytes calldata data, address module) external;
}

/// @title An identity whose every wallet may be recovered to any other
contract IdentityDouble {
    /// @dev Stands for ONCHAINID's answer that a wallet's key belongs to it.
    function keyHasPurpose(bytes32, uint256) external pure returns (bool) {
        return true;
    }
}

/**
 * @title A token of the real T-REX 4.1.6, made from its published bytecode
 * @dev Implementations without proxies: what they do is the same, and the tests run faster. No
 * claim topics are required unless a test adds one, so a registered holder is a verified one.
 */
abstract contract Suite is Testing {
    string internal constant TREX = "node_modules/@tokenysolutions/t-rex/artifacts/contracts/";
    uint16 internal constant BRITAIN = 826;
    uint16 internal constant FRANCE = 250;
    uint16 internal constant AMERICA = 840;

    ITrexToken internal _token;
    ITrexRegistry internal _registry;
    ITrexStore internal _topics;
    ITrexCompliance internal _compliance;

    /// @dev This contract is owner and agent of everything; the token is unpaused and empty.
    function _deploySuite() internal {
        _topics = ITrexStore(_implementation("registry/implementation/ClaimTopicsRegistry"));
        address issuers = _implementation("registry/implementation/TrustedIssuersRegistry");
        address store = _implementation("registry/implementation/IdentityRegistryStorage");
        _registry = ITrexRegistry(_implementation("registry/implementation/IdentityRegistry"));
        _compliance = ITrexCompliance(_implementation("compliance/modular/ModularCompliance"));
        _token = ITrexToken(_implementation("token/Token"));
        _topics.init();
        ITrexStore(issuers).init();
        ITrexStore(store).init();
        _registry.init(issuers, address(_topics), store);
        ITrexStore(store).bindIdentityRegistry(address(_registry));
        _compliance.init();
        _token.init(address(_registry), address(_compliance), "Invoice 1", "INV1", 2, address(0));
        _registry.addAgent(address(this));
        _registry.addAgent(address(_token));
        _token.addAgent(address(this));
        _token.unpause();
    }

    /// @dev Registers a wallet of a new holder.
    function _admit(address wallet, uint16 country) internal returns (address identity) {
        identity = address(new IdentityDouble());
        _registry.registerIdentity(wallet, identity, country);
    }

    function _addModule(address module, bytes memory settings) internal {
        _compliance.addModule(module);
        _compliance.callModuleFunction(settings, module);
    }

    /// @dev T-REX 4.1 refuses in words.
    function _expectWords(bytes memory words) internal {
        CHEATS.expectRevert(words);
    }

    /// @dev Moves as the holder itself; the token's own checks apply.
    function _send(address from, address to, uint256 amount) internal {
        CHEATS.prank(from);
        assertTrue("sent", _token.transfer(to, amount));
    }

    /// @dev Deploys a contract of T-REX that needs no arguments: `path` without endings.
    function _implementation(string memory path) internal returns (address) {
        bytes memory letters = bytes(path);
        uint256 begin = letters.length;
        while (begin != 0 && letters[begin - 1] != "/") --begin;
        bytes memory name = new bytes(letters.length - begin);
        for (uint256 index = 0; index < name.length; ++index) {
            name[index] = letters[begin + index];
        }
        return _create(TREX, string.concat(path, ".sol/", string(name)), "");
    }

    /// @dev Deploys a published artifact: `folder` and `name` make its path without the ending.
    function _create(string memory folder, string memory name, bytes memory arguments)
        internal
        returns (address deployed)
    {
        bytes memory code =
            bytes.concat(CHEATS.getCode(string.concat(folder, name, ".json")), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        assertTrue(name, deployed != address(0));
    }
}
