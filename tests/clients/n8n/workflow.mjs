// Stands in for the package n8n-workflow, of which the nodes use this much: 143 MB are too much for a test.

class NodeError extends Error {
  constructor(node, error, options = {}) {
    super(options.message ?? error?.message ?? String(error));
    this.name = new.target.name;
    Object.assign(this, { node, description: options.description, httpCode: options.httpCode });
    this.context = { itemIndex: options.itemIndex };
  }
}

export class NodeApiError extends NodeError {}
export class NodeOperationError extends NodeError {}
export const NodeConnectionTypes = { Main: "main" };
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
