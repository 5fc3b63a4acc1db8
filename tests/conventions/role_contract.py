"""The import contract that DESIGN section 4 draws and import-linter has no built-in for: roles inside a service.

A module's role is its file name (`services.partners.organisations.queries` is `queries`). A module may import
roles that stand below its own, never one above or beside it; and of another feature only what that
feature offers: its `service` and its `queries`.
"""

from dataclasses import dataclass

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


@dataclass(frozen=True)
class Place:
    """Where a module stands: its service, its feature ("" for a module of the service itself) and its role."""

    service: str
    feature: str
    role: str

    @classmethod
    def of(cls, module: str) -> "Place | None":
        """The place of `services.<service>[.<feature>[.<package>...]].<role>`; None for what has none."""
        parts = module.split(".")
        if parts[0] != "services" or len(parts) < 3 or {"tests", "migrations"} & set(parts):
            return None
        if len(parts) == 3:
            return cls(parts[1], "", parts[2])
        # A role that grew into a package (`pages/`) keeps its role in whatever file of it.
        return cls(parts[1], parts[2], parts[3])


class RoleContract(Contract):
    """Options: `layers`, the roles from the top down, those of one layer divided by `|`; `offered`, the roles of a
    feature that its neighbours may import; `exempt`, what need not keep to it (a conftest)."""

    type_name = "roles"

    layers = fields.ListField(subfield=fields.StringField())
    offered = fields.SetField(subfield=fields.StringField())
    exempt = fields.SetField(subfield=fields.StringField(), required=False, default=set())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        heights = {
            role.strip(): height for height, layer in enumerate(reversed(self.layers)) for role in layer.split("|")
        }
        broken = []
        for importer in sorted(graph.modules):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                reason = self._find_objection(Place.of(importer), Place.of(imported), heights)
                if reason:
                    details = graph.get_import_details(importer=importer, imported=imported)
                    lines = ", ".join(str(each["line_number"]) for each in details)
                    broken.append(f"{importer} -> {imported} (l.{lines}): {reason}")
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def _find_objection(self, importer: Place | None, imported: Place | None, heights: dict[str, int]) -> str:
        """Why one place may not import another; empty where it may, and where this contract has nothing to say."""
        if importer is None or imported is None or importer.service != imported.service:
            return ""
        same_role = (importer.feature, importer.role) == (imported.feature, imported.role)
        if same_role or importer.role in self.exempt or imported.role not in heights:
            return ""
        above, below = heights.get(importer.role), heights[imported.role]
        strangers = importer.feature and imported.feature and importer.feature != imported.feature
        if strangers and imported.role not in self.offered:
            return f"{imported.feature} offers its neighbours {' and '.join(sorted(self.offered))} only"
        # Neighbours may meet at one height: a use case calls another feature's. So may the roles at the very
        # bottom, which stand in the service's root and belong to no feature.
        level_allowed = strangers or above == below == 0
        if above is not None and (above < below or (above == below and not level_allowed)):
            return f"{importer.role} may not import {imported.role}"
        return ""

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()
