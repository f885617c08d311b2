// Batches: uploads the file of an item, waits for its end, and gives its rows or a file.

import { NodeOperationError, sleep, type IDataObject, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { idempotencyKey, json, send } from './request';

const MEDIA: Record<string, string> = {
	csv: 'text/csv',
	txt: 'text/csv',
	tsv: 'text/tab-separated-values',
	json: 'application/json',
	ndjson: 'application/x-ndjson',
	jsonl: 'application/x-ndjson',
	xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};
const UPLOAD_MS = 300_000;
const LONGEST_POLL_MS = 10_000;

/** Upload the binary file of an item. */
export async function createBatch(context: IExecuteFunctions, itemIndex: number): Promise<INodeExecutionData[]> {
	const property = context.getNodeParameter('binaryProperty', itemIndex) as string;
	const file = context.helpers.assertBinaryData(itemIndex, property);
	const body = await context.helpers.getBinaryDataBuffer(itemIndex, property);
	const ending = (file.fileName?.split('.').pop() ?? file.fileExtension ?? '').toLowerCase();
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const fields = context.getNodeParameter('fields', itemIndex) as string[];
	const qs: IDataObject = { fields: fields.join(',') };
	if (options.maxCostUsd) qs.max_cost_usd = options.maxCostUsd;
	if (options.waterfall) qs.waterfall = options.waterfall;
	if (options.forceRefresh) qs.force_refresh = true;
	if (options.strict) qs.strict = true;
	const batch = await json(context, {
		method: 'POST',
		path: '/batches',
		qs,
		body,
		headers: {
			'Content-Type': MEDIA[ending] ?? file.mimeType,
			'Idempotency-Key': idempotencyKey(context, itemIndex, body),
		},
		timeout: UPLOAD_MS,
		itemIndex,
	});
	const output = context.getNodeParameter('output', itemIndex) as string;
	if (output === 'batch') return [{ json: batch, pairedItem: { item: itemIndex } }];
	const ended = await waitFor(context, batch, Number(options.timeoutSeconds ?? 86_400), itemIndex);
	return await resultsOf(context, ended, output, itemIndex);
}

async function waitFor(
	context: IExecuteFunctions,
	batch: IDataObject,
	seconds: number,
	itemIndex: number,
): Promise<IDataObject> {
	const deadline = Date.now() + seconds * 1000;
	const path = `/batches/${String(batch.id)}`;
	for (let poll = 0; ; poll++) {
		const answer = await send(context, { path, itemIndex });
		const seen = JSON.parse(answer.body.toString()) as IDataObject;
		if (seen.status !== 'processing') return seen;
		// Seldom after a while: a batch may take hours.
		const pause = Math.max(Number(answer.headers['retry-after']) * 1000 || 0, Math.min(LONGEST_POLL_MS, 500 + poll * 500));
		if (Date.now() + pause > deadline)
			throw new NodeOperationError(
				context.getNode(),
				`The batch ${String(batch.id)} has not ended in time; it goes on, and its end is an event for the trigger node.`,
				{ itemIndex },
			);
		await sleep(pause);
	}
}

async function resultsOf(
	context: IExecuteFunctions,
	batch: IDataObject,
	output: string,
	item: number,
): Promise<INodeExecutionData[]> {
	const format = output === 'csv' ? 'csv' : 'ndjson';
	const path = `/batches/${String(batch.id)}/results`;
	const { body } = await send(context, { path, qs: { format }, timeout: UPLOAD_MS, itemIndex: item });
	if (output === 'csv') {
		const file = await context.helpers.prepareBinaryData(body, 'leadrun.csv', 'text/csv');
		return [{ json: batch, binary: { data: file }, pairedItem: { item } }];
	}
	const lines = body.toString().split('\n').filter(Boolean);
	return lines.map((line) => ({ json: JSON.parse(line) as IDataObject, pairedItem: { item } }));
}
