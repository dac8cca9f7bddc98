"""What made the exit code, as members of the JSON report: policy, account of rows, holds."""

from __future__ import annotations

from skewcheck.reports.words.coverage import account_text, coverage_text
from skewcheck.reports.words.gate import hold_text, not_tested_text
from skewcheck.results.account import Account
from skewcheck.results.gate import Coverage, Hold, NotTested
from skewcheck.results.policy import InForce, Policy


def policy_members(policy: Policy) -> dict[str, object]:
    """Return the policy as given; None for a table without an entry."""
    waivers = [
        {"code": waiver.code, "feature": waiver.feature, "until": waiver.until}
        for waiver in policy.waivers
    ]
    return {
        "alpha": policy.alpha,
        "correction": policy.correction,
        "thresholds": policy.thresholds,
        "feature_thresholds": policy.feature_thresholds or None,
        "feature_gates": {
            pattern: {"inconclusive": gate.inconclusive, "untested": gate.untested}
            for pattern, gate in policy.feature_gates.items()
        }
        or None,
        "fail_on": policy.fail_on,
        "allow_missing": policy.allow_missing,
        "inconclusive": policy.inconclusive,
        "waivers": waivers or None,
    }


def in_force_members(force: InForce | None) -> dict[str, object]:
    """Return where a policy is from, and what weakens it; nothing of one that no options made."""
    if force is None:
        return {}
    weaker = [
        {
            "key": weakening.key,
            "value": weakening.value,
            "base": weakening.base,
            "features": weakening.features or None,
        }
        for weakening in force.weaker
    ]
    return {
        "fingerprint": force.fingerprint,
        "file": force.file,
        "gate": force.gate,
        "keys": force.keys or None,
        "outside": [{"key": key, "path": path} for key, path in force.outside] or None,
        "weaker": weaker or None,
        "lock": force.lock,
    }


def hold_members(hold: Hold) -> dict[str, object]:
    """Return what held the verdict or the exit code; None for what does not apply to it."""
    served = hold.served
    return {
        "code": hold.code,
        "features": hold.features or None,
        "verdict": hold.verdict.value,
        "columns": served.columns if served else hold.lists or None,
        "template": served and served.template,
        "message": hold_text(hold),
    }


def coverage_members(coverage: Coverage) -> dict[str, object]:
    """Return the account of rows; files of each loss are the first 200."""
    losses = [
        {"code": loss.code, "files" if loss.code == "cut" else "rows": loss.rows,
         "by_file": loss.files or None,
         "first": loss.first and {"file": loss.first[0], "record": loss.first[1]}}
        for loss in coverage.losses
    ]  # fmt: skip
    return {
        "parsed": coverage.parsed,
        "records": coverage.records,
        "audited": coverage.audited,
        "outside": coverage.outside,
        "other": coverage.other or None,
        "joined": coverage.joined or None,
        "losses": losses or None,
        "share": coverage.share,
        "threshold": coverage.threshold,
        "verdict": coverage.verdict.value,
        "message": coverage_text(coverage) or None,
    }


def account_members(account: Account) -> dict[str, object]:
    """Return what was read of a log, and which of its columns were used."""
    return {
        "files": account.files,
        "bytes": account.size,
        "marks": account.marks or None,
        "raw": account.raw,
        "served": account.served,
        "without": account.without or None,
        "ignored": account.ignored,
        "ignored_names": account.ignored_names or None,
        "message": account_text(account),
    }


def not_tested_members(left_out: NotTested) -> dict[str, object]:
    """Return what was not tested, with its message; the features are None where it is all."""
    return {
        "code": left_out.code,
        "features": left_out.features or None,
        "message": not_tested_text(left_out),
    }
