"use strict";
window.ui = SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  showCommonExtensions: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
