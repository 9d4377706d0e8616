// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SettlementAgent} from "../src/SettlementAgent.sol";
import {WrappedToken} from "../src/WrappedToken.sol";
import {CountryModule} from "../src/compliance/CountryModule.sol";
import {HolderCapModule} from "../src/compliance/HolderCapModule.sol";
import {LockUpModule} from "../src/compliance/LockUpModule.sol";
import {MaxBalanceModule} from "../src/compliance/MaxBalanceModule.sol";
import {IComplianceModule} from "../src/interfaces/IComplianceModule.sol";
import {ITrexCompliance, ITrexRegistry, ITrexToken, Suite} from "./Suite.sol";

/// @title What the test calls on T-REX's factory and authority, and on ONCHAINID
interface ITrexFactory {
    struct TokenDetails {
        address owner;
        string name;
        string symbol;
        uint8 decimals;
        address identityStorage;
        address identity;
        address[] registryAgents;
        address[] tokenAgents;
        address[] complianceModules;
        bytes[] complianceSettings;
    }

    struct ClaimDetails {
        uint256[] claimTopics;
        address[] issuers;
        uint256[][] issuerClaims;
    }

    function deployTREXSuite(
        string calldata salt,
        TokenDetails calldata token,
        ClaimDetails calldata claims
    ) external;
    function getToken(string calldata salt) external view returns (address);
}

interface ITrexAuthority {
    struct Version {
        uint8 major;
        uint8 minor;
        uint8 patch;
    }

    struct Implementations {
        address token;
        address claimTopics;
        address identityRegistry;
        address identityStorage;
        address trustedIssuers;
        address compliance;
    }

    function addAndUseTREXVersion(Version calldata version, Implementations calldata contracts)
        external;
}

interface IIdentityFactory {
    function createIdentity(address wallet, string calldata salt) external returns (address);
    function addTokenFactory(address factory) external;
}

interface IOnchainIdentity {
    function addKey(bytes32 key, uint256 purpose, uint256 kind) external returns (bool);
    function addClaim(
        uint256 topic,
        uint256 scheme,
        address issuer,
        bytes calldata signature,
        bytes calldata data,
        string calldata uri
    ) external returns (bytes32);
    function revokeClaimBySignature(bytes calldata signature) external;
}

/// @dev As the platform does it: proxies by the real factory, real identities, signed claims.
contract FactoryTest is Suite {
    string private constant ONCHAINID = "node_modules/@onchain-id/solidity/artifacts/contracts/";
    uint256 private constant TOPIC = 1;
    uint256 private constant ISSUER_KEY = 0x155;
    uint256 private constant CLAIM_SIGNER = 3;
    uint256 private constant ECDSA = 1;
    address private constant ALICE = address(0xA11CE);
    address private constant ALICE_NEW = address(0xA11CE2);
    address private constant BERTA = address(0xBE27A);
    address private constant CARLO = address(0xCA210);

    CountryModule private _country = new CountryModule();
    HolderCapModule private _cap = new HolderCapModule();
    MaxBalanceModule private _maximum = new MaxBalanceModule();
    LockUpModule private _lock = new LockUpModule();
    SettlementAgent private _agent;
    WrappedToken private _wrapped;
    IIdentityFactory private _identities;
    address private _issuer;
    address private _alice;
    uint64 private _release;
    mapping(address wallet => bytes) private _signatures;

    function setUp() public {
        _release = uint64(block.timestamp + 1 days);
        _agent = new SettlementAgent(address(this));
        _agent.setOperator(address(this), true);
        address issuerOwner = address(this);
        _issuer = _create(ONCHAINID, "ClaimIssuer.sol/ClaimIssuer", abi.encode(issuerOwner));
        bytes32 key = keccak256(abi.encode(CHEATS.addr(ISSUER_KEY)));
        IOnchainIdentity(_issuer).addKey(key, CLAIM_SIGNER, ECDSA);
        _deployToken(_deployFactory());
        _alice = _register(ALICE, BRITAIN);
        _register(BERTA, FRANCE);
        _register(CARLO, AMERICA);
        _wrapped = new WrappedToken(_token, "Wrapped", "w");
        _register(address(_wrapped), BRITAIN);
    }

    function testTheFactoryBindsAndSetsEveryModule() public view {
        address compliance = address(_compliance);
        address[] memory modules = _modules();
        for (uint256 index = 0; index < modules.length; ++index) {
            assertTrue("bound", IComplianceModule(modules[index]).isComplianceBound(compliance));
        }
        assertTrue("countries", !_country.isAllowed(compliance, AMERICA));
        assertEqual("cap", _cap.holderCap(compliance), 3);
        assertEqual("maximum", _maximum.maxBalance(compliance), 1000);
        assertEqual("release", _lock.releaseTime(compliance), _release);
    }

    function testEveryModuleIsAsked() public {
        _expectWords("Compliance not followed");
        _token.mint(CARLO, 1);
        _expectWords("Compliance not followed");
        _token.mint(ALICE, 1001);
        _token.mint(ALICE, 1000);
        _expectWords("Transfer not possible");
        CHEATS.prank(ALICE);
        _token.transfer(BERTA, 1);
        CHEATS.warp(_release);
        _send(ALICE, BERTA, 1);
        assertEqual("holders", _cap.holderCount(address(_compliance)), 2);
    }

    function testALapsedClaimStopsSettlementAndWrapping() public {
        _token.mint(ALICE, 1000);
        CHEATS.warp(_release);
        _agent.settle(address(_token), ALICE, BERTA, 100, bytes32(uint256(1)));
        CHEATS.prank(ALICE);
        _token.approve(address(_wrapped), 100);
        CHEATS.prank(ALICE);
        _wrapped.wrap(50);
        IOnchainIdentity(_issuer).revokeClaimBySignature(_signatures[ALICE]);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                SettlementAgent.SettlementWalletNotVerified.selector, address(_token), ALICE
            )
        );
        _agent.settle(address(_token), ALICE, BERTA, 100, bytes32(uint256(2)));
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                WrappedToken.WrappedWalletNotVerified.selector, address(_token), ALICE
            )
        );
        CHEATS.prank(ALICE);
        _wrapped.wrap(50);
        assertEqual("delivered", _token.balanceOf(BERTA), 100);
        assertEqual("wrapped", _wrapped.totalSupply(), 50);
    }

    function testARecoveryKeepsHolderHoldingAndLock() public {
        _token.mint(ALICE, 1000);
        bytes32 key = keccak256(abi.encode(ALICE_NEW));
        CHEATS.prank(ALICE);
        IOnchainIdentity(_alice).addKey(key, 1, ECDSA);
        _token.recoveryAddress(ALICE, ALICE_NEW, _alice);
        address compliance = address(_compliance);
        assertEqual("balance", _token.balanceOf(ALICE_NEW), 1000);
        assertEqual("one holder", _cap.holderCount(compliance), 1);
        assertEqual("holding", _maximum.holdingOf(compliance, ALICE_NEW), 1000);
        assertEqual("locked", _lock.lockedOf(compliance, ALICE_NEW), 1000);
        assertEqual("nothing behind", _lock.lockedOf(compliance, ALICE), 0);
    }

    function testAModuleMayBeTakenOffAndPutOnAgain() public {
        _token.mint(ALICE, 10);
        _compliance.removeModule(address(_country));
        _token.mint(CARLO, 10);
        _addModule(
            address(_country), abi.encodeCall(CountryModule.setCountries, (true, _countries()))
        );
        _expectWords("Compliance not followed");
        _token.mint(CARLO, 1);
    }

    function _deployFactory() private returns (ITrexFactory) {
        address library_ =
            _create(ONCHAINID, "Identity.sol/Identity", abi.encode(address(this), true));
        address authority = _create(
            ONCHAINID,
            "proxy/ImplementationAuthority.sol/ImplementationAuthority",
            abi.encode(library_)
        );
        _identities = IIdentityFactory(
            _create(ONCHAINID, "factory/IdFactory.sol/IdFactory", abi.encode(authority))
        );
        string memory path =
            "proxy/authority/TREXImplementationAuthority.sol/TREXImplementationAuthority";
        address versions = _create(TREX, path, abi.encode(true, address(0), address(0)));
        ITrexAuthority(versions)
            .addAndUseTREXVersion(ITrexAuthority.Version(4, 1, 6), _implementations());
        address factory = _create(
            TREX, "factory/TREXFactory.sol/TREXFactory", abi.encode(versions, address(_identities))
        );
        _identities.addTokenFactory(factory);
        return ITrexFactory(factory);
    }

    function _implementations() private returns (ITrexAuthority.Implementations memory made) {
        made.token = _implementation("token/Token");
        made.claimTopics = _implementation("registry/implementation/ClaimTopicsRegistry");
        made.identityRegistry = _implementation("registry/implementation/IdentityRegistry");
        made.identityStorage = _implementation("registry/implementation/IdentityRegistryStorage");
        made.trustedIssuers = _implementation("registry/implementation/TrustedIssuersRegistry");
        made.compliance = _implementation("compliance/modular/ModularCompliance");
    }

    function _deployToken(ITrexFactory factory) private {
        ITrexFactory.TokenDetails memory details;
        details.owner = address(this);
        (details.name, details.symbol, details.decimals) = ("Invoice 1", "INV1", 2);
        details.registryAgents = _one(address(this));
        details.tokenAgents = new address[](2);
        (details.tokenAgents[0], details.tokenAgents[1]) = (address(this), address(_agent));
        (details.complianceModules, details.complianceSettings) = (_modules(), _settings());
        ITrexFactory.ClaimDetails memory claims;
        claims.claimTopics = _topic();
        claims.issuers = _one(_issuer);
        claims.issuerClaims = new uint256[][](1);
        claims.issuerClaims[0] = _topic();
        factory.deployTREXSuite("token-1", details, claims);
        _token = ITrexToken(factory.getToken("token-1"));
        _registry = ITrexRegistry(_token.identityRegistry());
        _compliance = ITrexCompliance(_token.compliance());
        _token.unpause();
    }

    /// @dev An identity with a claim that the issuer's key has signed.
    function _register(address wallet, uint16 country) private returns (address identity) {
        identity = _identities.createIdentity(wallet, string(abi.encodePacked(wallet)));
        bytes32 claim = keccak256(abi.encode(identity, TOPIC, bytes("known")));
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", claim));
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(ISSUER_KEY, digest);
        _signatures[wallet] = abi.encodePacked(r, s, v);
        CHEATS.prank(wallet);
        IOnchainIdentity(identity).addClaim(TOPIC, ECDSA, _issuer, _signatures[wallet], "known", "");
        _registry.registerIdentity(wallet, identity, country);
    }

    function _modules() private view returns (address[] memory modules) {
        modules = new address[](4);
        modules[0] = address(_country);
        modules[1] = address(_cap);
        modules[2] = address(_maximum);
        modules[3] = address(_lock);
    }

    function _settings() private view returns (bytes[] memory settings) {
        settings = new bytes[](4);
        settings[0] = abi.encodeCall(CountryModule.setCountries, (true, _countries()));
        settings[1] = abi.encodeCall(HolderCapModule.setHolderCap, (3));
        settings[2] = abi.encodeCall(MaxBalanceModule.setMaxBalance, (1000));
        settings[3] = abi.encodeCall(LockUpModule.setLockUp, (_release));
    }

    function _countries() private pure returns (uint16[] memory countries) {
        countries = new uint16[](2);
        (countries[0], countries[1]) = (BRITAIN, FRANCE);
    }

    function _topic() private pure returns (uint256[] memory topics) {
        topics = new uint256[](1);
        topics[0] = TOPIC;
    }

    function _one(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
