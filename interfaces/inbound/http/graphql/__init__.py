"""GraphQL for the portals: questions over HTTP, changes over WebSocket, an explorer page."""
