"""A licence as an ODRL 2.2 agreement in JSON-LD: a view for machines; licence.json decides.

Sources: W3C, ODRL Information Model 2.2 and ODRL Vocabulary & Expression 2.2 (Recommendations of 15
February 2018). Actions and operands that the vocabulary lacks have names of our own below
`urn:clearcue:odrl:`, as its profile mechanism asks.
"""

from datetime import timedelta
from typing import Any

from clearcue.licensing.certificate import Certificate
from clearcue.licensing.scope import WORLD
from clearcue.licensing.terms import Quote

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
PROFILE = "urn:clearcue:odrl:profile:v1"
OWN = "urn:clearcue:odrl:"


def odrl_of(certificate: Certificate) -> dict[str, Any]:
    """The agreement: who permits whom which uses of which music, and what is prohibited."""
    quoted = certificate.quoted
    target = f"urn:clearcue:track:{quoted.subject.track_id}"
    parties = {"assigner": _party(quoted.licensor), "assignee": _party(quoted.licensee)}
    return {
        "@context": CONTEXT,
        "@type": "Agreement",
        "uid": f"urn:clearcue:licence:{certificate.licence_id}",
        "profile": PROFILE,
        "conflict": "prohibit",
        "permission": [
            {
                **parties,
                "target": {
                    "@type": "Asset",
                    "uid": target,
                    f"{OWN}record": quoted.subject.record_digest,
                },
                "action": [f"{OWN}synchronize", "reproduce", "present", "modify"],
                "constraint": _constraints(quoted),
            }
        ],
        "prohibition": [
            {**parties, "target": target, "action": action}
            for action in (
                f"{OWN}standalone-use", "sell", "lease", "grantUse", f"{OWN}register-matching",
                f"{OWN}train-models", f"{OWN}sensitive-use",
            )
        ],
    }  # fmt: skip


def _party(name: str) -> dict[str, Any]:
    return {"@type": "Party", f"{OWN}name": name}


def _constraints(quoted: Quote) -> list[dict[str, Any]]:
    found = [
        _constraint("deliveryChannel", "isAnyOf", [f"{OWN}medium:{one}" for one in quoted.media]),
        _constraint("dateTime", "gteq", _day(quoted.first_day.isoformat())),
    ]
    if quoted.last_day is not None:
        end = (quoted.last_day + timedelta(days=1)).isoformat()
        found.append(_constraint("dateTime", "lt", _day(end)))
    if quoted.territory != (WORLD,):
        places = [f"https://www.iso.org/obp/ui/#iso:code:3166:{code}" for code in quoted.territory]
        found.append(_constraint("spatial", "isAnyOf", places))
    if quoted.sector is not None:
        found.append(_constraint("industry", "eq", quoted.sector))
    if quoted.audience is not None:
        basis, most = quoted.audience
        found.append({**_constraint("count", "lteq", most), "unit": f"{OWN}{basis}"})
    return found


def _constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _day(text: str) -> dict[str, str]:
    return {"@value": f"{text}T00:00:00Z", "@type": "xsd:dateTime"}
