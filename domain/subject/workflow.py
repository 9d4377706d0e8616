"""The gates of a subject (FX8), drawn as in the source."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

SUBJECT_WORKFLOW: Final = Workflow(
    "subject",
    "NONE",
    (
        Transition("NONE", "subject.create", "subject.created", "CREATED"),
        Transition(
            "CREATED",
            "subject.submit_onboarding",
            "subject.onboarding_submitted",
            "ONBOARDING_SUBMITTED",
        ),
        Transition("ONBOARDING_SUBMITTED", "subject.pass_kyc", "subject.kyc_passed", "KYC_PASSED"),
        Transition(
            "KYC_PASSED", "subject.pass_screening", "subject.screening_passed", "SCREENING_PASSED"
        ),
        Transition(
            "SCREENING_PASSED",
            "subject.open_mlro_review",
            "subject.mlro_review_opened",
            "MLRO_REVIEW",
        ),
        Transition("ONBOARDING_SUBMITTED", "subject.decline", "subject.declined", "DECLINED"),
        Transition("KYC_PASSED", "subject.decline", "subject.declined", "DECLINED"),
        Transition("SCREENING_PASSED", "subject.pass_risk", "subject.risk_passed", "RISK_PASSED"),
        Transition("MLRO_REVIEW", "subject.pass_risk", "subject.risk_passed", "RISK_PASSED"),
        Transition("MLRO_REVIEW", "subject.decline", "subject.declined", "DECLINED"),
        Transition("RISK_PASSED", "subject.activate", "subject.activated", "ACTIVE"),
        Transition("ACTIVE", "subject.freeze", "subject.frozen", "FROZEN"),
        # E3: the reporting officer looks at a paused subject; whether it is one, the state keeps.
        Transition(
            "FROZEN", "subject.open_mlro_review", "subject.mlro_review_opened", "MLRO_REVIEW"
        ),
        Transition("MLRO_REVIEW", "subject.unfreeze", "subject.unfrozen", "ACTIVE"),
        Transition("FROZEN", "subject.unfreeze", "subject.unfrozen", "ACTIVE"),
        Transition("FROZEN", "subject.decline", "subject.declined", "DECLINED"),
        *(
            Transition(source, "subject.close", "subject.closed", "CLOSED")
            for source in (
                "CREATED",
                "ONBOARDING_SUBMITTED",
                "KYC_PASSED",
                "SCREENING_PASSED",
                "RISK_PASSED",
                "ACTIVE",
                "DECLINED",
            )
        ),
        Transition("CLOSED", "subject.erase", "subject.erasure_ordered", "ERASING"),
        Transition("ERASING", "subject.refuse_erasure", "subject.erasure_refused", "CLOSED"),
        Transition("ERASING", "subject.record_erased", "subject.erased", "ERASED"),
    ),
)
