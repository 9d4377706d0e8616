"""How large a question may be; measured before anything of it is carried out.

Strawberry's own limiters walk a fragment again at each place that spreads it, so that a few
hundred tokens keep them busy for ever. These rules measure each fragment once.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from graphql.validation import ASTValidationRule
from strawberry.extensions import AddValidationRules, SchemaExtension
from typing_extensions import override

TOKENS_MAX: Final = 1000
DEPTH_MAX: Final = 8
ALIASES_MAX: Final = 15
ROOT_FIELDS_MAX: Final = 12
QUERY_BYTES_MAX: Final = 64 * 1024


class Size(msgspec.Struct, frozen=True):
    """The measures of a selection: levels below it, aliases in it, fields at its top."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


class _Measure:
    """Measures a document; a fragment counts at each place, and is walked once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def of(self, selection_set: SelectionSetNode | None) -> Size:
        """Measure a selection set."""
        if selection_set is None:
            return Size()
        return _together([self._selection(node) for node in selection_set.selections])

    def _selection(self, node: SelectionNode) -> Size:
        match node:
            case FieldNode():
                return self._field(node)
            case InlineFragmentNode():
                return self.of(node.selection_set)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                return Size()

    def _field(self, node: FieldNode) -> Size:
        alias = 1 if node.alias else 0
        # How deep introspection goes is limited by graphql-core's own rule.
        if node.name.value.startswith("__"):
            return Size(depth=1, aliases=alias, fields=1)
        inside = self.of(node.selection_set)
        return Size(depth=inside.depth + 1, aliases=inside.aliases + alias, fields=1)

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            # A cycle is refused by another rule; here it only must not go round for ever.
            self._known[name] = Size()
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set if fragment else None)
        return self._known[name]


def _together(sizes: Iterable[Size]) -> Size:
    found = list(sizes)
    return Size(
        depth=max((size.depth for size in found), default=0),
        aliases=sum(size.aliases for size in found),
        fields=sum(size.fields for size in found),
    )


def _too_large(size: Size) -> Iterator[tuple[str, str]]:
    if size.depth > DEPTH_MAX:
        yield "query_too_deep", f"The query is more than {DEPTH_MAX} levels deep."
    if size.aliases > ALIASES_MAX:
        yield "too_many_aliases", f"The query has more than {ALIASES_MAX} aliases."
    if size.fields > ROOT_FIELDS_MAX:
        yield "too_many_fields", f"The query asks for more than {ROOT_FIELDS_MAX} things at once."


class WithinLimits(ValidationRule):
    """Refuses an operation that is too deep, has too many aliases or asks for too much."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        measure = _Measure(context.document)
        for definition in context.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                for code, sentence in _too_large(measure.of(definition.selection_set)):
                    self.report_error(GraphQLError(sentence, extensions={"code": code}))


Rules: TypeAlias = list[type[ASTValidationRule]]

# One list for all requests: the cache of validations is keyed by the rules.
RULES: Final[Rules] = [WithinLimits]


class Limits(AddValidationRules):
    """Adds the limits to what is validated, and the limit of tokens to what is parsed."""

    def __init__(self) -> None:
        super().__init__(RULES)

    @override
    def on_operation(self) -> Iterator[None]:
        """Set the limits before parsing."""
        self.execution_context.parse_options["max_tokens"] = TOKENS_MAX
        yield from super().on_operation()


class OneOperation(SchemaExtension):
    """Refuses a document of several operations when nobody says which; after the caches."""

    @override
    def on_validate(self) -> Iterator[None]:
        """Count the operations, which Strawberry would take the first of."""
        document = self.execution_context.graphql_document
        definitions = document.definitions if document else ()
        count = sum(isinstance(definition, OperationDefinitionNode) for definition in definitions)
        if count > 1 and self.execution_context.context.names_no_operation:
            sentence = "operationName must name one of the operations."
            error = GraphQLError(sentence, extensions={"code": "invalid_query"})
            self.execution_context.pre_execution_errors = [error]
        yield
