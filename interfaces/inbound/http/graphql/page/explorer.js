"use strict";

// The key lives in this page's memory only: it is gone with the tab.
(() => {
  const address = "/graphql";
  let key = "";

  function authorization(headers) {
    const typed = Object.entries(headers || {}).find(
      ([name]) => name.toLowerCase() === "authorization",
    );
    return typed ? String(typed[1]) : key ? `Bearer ${key}` : "";
  }

  // A problem of the door (RFC 9457) is shown as a GraphQL error.
  function answered(body) {
    if (body && body.code && !("data" in body)) {
      return { errors: [{ message: body.detail, extensions: body }] };
    }
    return body;
  }

  async function ask(question, headers) {
    const response = await fetch(address, {
      method: "POST",
      headers: {
        ...headers,
        Accept: "application/graphql-response+json, application/json",
        Authorization: authorization(headers),
        "Content-Type": "application/json",
      },
      body: JSON.stringify(question),
    });
    return answered(await response.json());
  }

  // graphql-transport-ws, one connection for each subscription.
  function follow(question, headers) {
    const waiting = [];
    let wake = () => {};
    const put = (item) => {
      waiting.push(item);
      wake();
    };
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${address}`, "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () =>
      send({ type: "connection_init", payload: { authorization: authorization(headers) } });
    socket.onclose = (event) => {
      const message = `The connection was closed: ${event.code} ${event.reason}`;
      put(event.code === 1000 ? { done: true } : { last: { errors: [{ message }] } });
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "connection_ack") send({ type: "subscribe", id: "1", payload: question });
      if (message.type === "ping") send({ type: "pong" });
      if (message.type === "next") put({ value: message.payload });
      if (message.type === "error") put({ last: { errors: message.payload } });
      if (message.type === "complete") put({ done: true });
    };
    let over = false;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (!over && waiting.length === 0) {
          await new Promise((resolve) => {
            wake = resolve;
          });
        }
        const item = waiting.shift();
        if (over || !item || item.done) return this.return();
        if (item.last) {
          over = true;
          socket.close(1000);
          return { value: item.last, done: false };
        }
        return { value: item.value, done: false };
      },
      async return() {
        over = true;
        wake();
        socket.close(1000);
        return { value: undefined, done: true };
      },
    };
  }

  function isSubscription(question, options) {
    const operations = ((options && options.documentAST) || { definitions: [] }).definitions.filter(
      (definition) => definition.kind === "OperationDefinition",
    );
    const chosen =
      operations.find(
        (operation) => operation.name && operation.name.value === question.operationName,
      ) || operations[0];
    return Boolean(chosen) && chosen.operation === "subscription";
  }

  function fetcher(question, options) {
    const headers = (options && options.headers) || {};
    if (!authorization(headers)) {
      return Promise.resolve({ errors: [{ message: "Enter a bearer key above." }] });
    }
    return isSubscription(question, options) ? follow(question, headers) : ask(question, headers);
  }

  const root = ReactDOM.createRoot(document.getElementById("explorer"));
  let generation = 0;

  // Each example is one document; an empty line parts it from the next.
  async function examples() {
    const text = await (await fetch(`${address}/examples.graphql`)).text();
    return text.split(/\n(?=query|subscription)/).map((query) => ({ query }));
  }

  function render(tabs) {
    generation += 1;
    root.render(
      React.createElement(GraphiQL, {
        key: generation,
        fetcher,
        defaultEditorToolsVisibility: "headers",
        defaultTabs: tabs,
        isHeadersEditorEnabled: true,
        shouldPersistHeaders: false,
      }),
    );
  }

  async function greet() {
    const viewer = document.getElementById("viewer");
    viewer.textContent = "…";
    const body = await ask({ query: "{ viewer { subject role } }" }, {});
    viewer.textContent = body.errors
      ? body.errors[0].message
      : `${body.data.viewer.subject}, ${body.data.viewer.role}`;
  }

  document.getElementById("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    key = document.getElementById("key").value.trim();
    greet();
    examples().then(render);
  });

  examples().then(render);
})();
