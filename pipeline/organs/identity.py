"""An organ as identity: what stays when its name, its place's code or its form changes, and what follows from that."""

from dataclasses import dataclass
from hashlib import sha256

from pipeline.deadlines import organ_type
from pipeline.organs.divisions import Divisions
from pipeline.organs.roles import Body, Roles
from pipeline.records import agency_id

__all__ = ["Identity", "has_own_code", "level_of", "name_of", "parent_of", "seat_of", "type_of", "unresolved"]

CENTRAL = "central"
BODY = "body:"
_PLACE_ENDS = ("省", "市", "县", "区", "州", "旗", "盟")


@dataclass(frozen=True, slots=True)
class Identity:
    """An organ: the stable id of its place, the unit of it, the role.

    `place` is a division's id, ``central``, ``body:KEY``, or empty for an organ that is not
    resolved, whose `role` is then its name as printed; where several organs may bear that
    name, `unit` is the source it was found at.
    """

    place: str
    unit_kind: str
    unit: str
    kind: str
    role: str

    @property
    def agency_id(self) -> str:
        """``org_`` and 12 hex digits."""
        if not self.place:
            return str(agency_id(f"{self.role}|{self.unit}" if self.unit else self.role))
        # These words are hashed into every dataset: they must never change.
        unit = f"{self.unit_kind}:{self.unit}" if self.unit else ""
        return f"org_{sha256(f'{self.place}|{unit}|{self.kind}|{self.role}'.encode()).hexdigest()[:12]}"


def unresolved(name: str, source: str = "") -> Identity:
    """The organ known by its printed name alone; a place alone (白榆县) stands for its government.

    With a `source` it is that source's own: 财政局, or 鼓楼区财政局, is another organ elsewhere.
    """
    kind = organ_type(name)
    is_place = kind == "department" and name.endswith(_PLACE_ENDS)
    return Identity("", "", source, "government" if is_place else kind, name)


def body_of(place: str, roles: Roles) -> tuple[Body, str]:
    """The body of a place ``body:KEY`` or ``body:KEY:PART``, and the part."""
    key, _, part = place.removeprefix(BODY).partition(":")
    return next(b for b in roles.zones.bodies.values() if b.key == key), part


def seat_of(identity: Identity, divisions: Divisions, roles: Roles) -> str | None:
    """The division that an organ lies in; None of central and unresolved ones."""
    if identity.place.startswith(BODY):
        return divisions.of_code(body_of(identity.place, roles)[0].division)
    return identity.place if identity.place in divisions.by_id else None


def has_own_code(identity: Identity) -> bool:
    """Whether the code of its place is its own: zones, townships and bodies have none."""
    return not identity.unit and not identity.place.startswith(BODY)


def level_of(identity: Identity, divisions: Divisions, roles: Roles) -> str | None:
    """central, province, prefecture, county, township or zone; None for an organ that is not resolved."""
    if not identity.place:
        return None
    if identity.unit_kind:
        return identity.unit_kind
    if identity.place == CENTRAL:
        return CENTRAL
    if identity.place.startswith(BODY):
        body, part = body_of(identity.place, roles)
        return roles.zones.part_level if part else body.level
    return divisions.by_id[identity.place].last.level


def type_of(identity: Identity, roles: Roles) -> str:
    """government, office, department, township or zone."""
    if not identity.place:
        return identity.kind
    if identity.place == CENTRAL:
        return "office" if identity.kind == "office" else roles.central[identity.role].type
    if identity.kind == "government" and identity.unit_kind:
        return identity.unit_kind
    return identity.kind


def parent_of(identity: Identity, divisions: Divisions, roles: Roles) -> Identity | None:
    """The organ above: a department's government, a government's next, a vertical organ's central one."""
    if not identity.place:
        return None
    state_council = Identity(CENTRAL, "", "", "central", "国务院")
    if identity.place == CENTRAL:
        if identity.kind == "office":
            return Identity(CENTRAL, "", "", "central", identity.role)
        return None if identity == state_council else state_council
    own = Identity(identity.place, identity.unit_kind, identity.unit, "government", "government")
    if identity.kind == "department":
        system = roles.departments[identity.role].system if identity.role in roles.departments else None
        system = system or next((s.parent for s in roles.systems if s.key == identity.role), None)
        return Identity(CENTRAL, "", "", "central", system) if system else own
    if identity.kind == "office":
        return own
    if identity.unit:
        return Identity(identity.place, "", "", "government", "government")
    if identity.place.startswith(BODY):
        body, part = body_of(identity.place, roles)
        return Identity(f"{BODY}{body.key}", "", "", "government", "government") if part else state_council
    above = divisions.parent(identity.place)
    return Identity(above, "", "", "government", "government") if above else state_council


def name_of(identity: Identity, role_name: str, unit_name: str, divisions: Divisions, roles: Roles) -> str:
    """The full name: every division from the province down as now called, the unit, the role.

    Of a vertical organ the central one stands before the place, as its seal has it.
    """
    if not identity.place:
        return identity.role
    if identity.place == CENTRAL:
        return role_name
    if identity.place.startswith(BODY):
        body, part = body_of(identity.place, roles)
        place = f"{body.name}{part}"
        if identity.kind == "government" and not identity.unit:
            return place
    else:
        place = divisions.full_name(identity.place)
    if "…" in role_name:
        start, _, end = role_name.partition("…")
        return f"{start}{place}{unit_name}{end}"
    if identity.unit_kind == "township":
        return f"{place}{unit_name if identity.kind == 'government' else identity.unit + role_name}"
    return f"{place}{unit_name}{role_name}"
