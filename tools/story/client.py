"""A small client of the public HTTP API, as an integrator would write it."""

import time
from collections.abc import Callable
from typing import Any, Final

import httpx

WAIT_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05

Json = dict[str, Any]


class ApiProblem(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return str(self.problem.get("code", ""))


class Api:
    """The doors as seen by the holder of one key."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30.0, trust_env=False)
        self.position = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post(self, path: str, body: Json | None = None, *, key: str) -> Json:
        """Send a command under an idempotency key; raises ApiProblem."""
        response = self._http.post(
            f"/api/v1{path}",
            json=body if body is not None else {},
            headers={"Idempotency-Key": key},
        )
        return self._answer(response)

    def upload(self, content: bytes, *, key: str) -> str:
        """Store a PDF and tell its digest; raises ApiProblem."""
        response = self._http.post(
            "/api/v1/documents",
            content=content,
            headers={"Content-Type": "application/pdf", "Idempotency-Key": key},
        )
        return str(self._answer(response)["digest"])

    def upload_document(self, content: bytes) -> str:
        """Hand in a document to be known by, and tell its digest; raises ApiProblem."""
        files = {"document": ("scan.png", content, "image/png")}
        return str(self._answer(self._http.post("/api/v1/kyc/documents", files=files))["digest"])

    def get(self, path: str, **parameters: str | int) -> Json:
        """Ask a question, answered from views that know all we did; raises ApiProblem."""
        headers = {"Tallystick-Wait": str(self.position)} if self.position else {}
        response = self._http.get(f"/api/v1{path}", params=parameters, headers=headers)
        return self._answer(response)

    def raw(self, path: str, **headers: str) -> bytes:
        """Fetch bytes as they are; raises ApiProblem."""
        response = self._http.get(path, headers=headers)
        if response.is_error:
            self._answer(response)
        return response.content

    def graphql(self, query: str, **variables: object) -> Json:
        """Ask in GraphQL; raises ApiProblem when the answer has errors."""
        body = {"query": query, "variables": variables}
        answer = self._answer(self._http.post("/graphql", json=body))
        if answer.get("errors"):
            raise ApiProblem(200, {"code": "graphql", "detail": str(answer["errors"])})
        return dict(answer["data"])

    def until(
        self, path: str, good: Callable[[Json], bool], *, seconds: float = WAIT_SECONDS
    ) -> Json:
        """Ask until the answer is good; raises TimeoutError with the last answer."""
        deadline = time.monotonic() + seconds
        answer: Json = {}
        while time.monotonic() < deadline:
            try:
                answer = self.get(path)
            except ApiProblem as problem:
                if problem.status != httpx.codes.NOT_FOUND:
                    raise
                answer = problem.problem
            if good(answer):
                return answer
            time.sleep(POLL_SECONDS)
        message = f"{path} did not get there in {seconds:.0f} s: {answer}"
        raise TimeoutError(message)

    def _answer(self, response: httpx.Response) -> Json:
        body = response.json() if response.content else {}
        if response.is_error:
            raise ApiProblem(response.status_code, body)
        self.position = max(self.position, int(response.headers.get("Tallystick-Position", 0)))
        return dict(body)
