// Contacts: submits them all, then waits for each, so that a list takes as long as its slowest look-up.

import { NodeOperationError, sleep, type IDataObject, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { failure, idempotencyKey, json, send } from './request';

const ENDED = ['completed', 'failed', 'cancelled'];
const HOLD_SECONDS = 30;
const POLL_MS = 2_000;
const MEMBERS = ['firstName', 'lastName', 'fullName', 'companyDomain', 'companyName', 'linkedInUrl'];
const TYPES: Record<string, string> = { findEmail: 'email', findPhone: 'phone' };

/** Look up the contact of each item. */
export async function lookUp(context: IExecuteFunctions, operation: string): Promise<INodeExecutionData[]> {
	const submitted: Array<IDataObject | Error> = [];
	const items = context.getInputData();
	for (let index = 0; index < items.length; index++) {
		submitted.push(await attempted(context, index, () => submit(context, operation, index)));
	}
	const results: INodeExecutionData[] = [];
	for (const [index, run] of submitted.entries()) {
		const ended = run instanceof Error ? run : await attempted(context, index, () => wait(context, run, index));
		results.push(resultOf(context, ended, index));
	}
	return results;
}

/** Read the run of an item. */
export async function getRun(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const runId = context.getNodeParameter('runId', itemIndex) as string;
	return await json(context, { path: `/enrich/${encodeURIComponent(runId.trim())}`, itemIndex });
}

/** Keep an error where the node goes on in spite of it. */
async function attempted(
	context: IExecuteFunctions,
	itemIndex: number,
	what: () => Promise<IDataObject>,
): Promise<IDataObject | Error> {
	try {
		return await what();
	} catch (error) {
		if (!context.continueOnFail()) throw failure(context, error, itemIndex);
		return error as Error;
	}
}

async function submit(context: IExecuteFunctions, operation: string, itemIndex: number): Promise<IDataObject> {
	const body: IDataObject = {};
	for (const name of MEMBERS) {
		const value = context.getNodeParameter(name, itemIndex, '') as string;
		if (String(value ?? '').trim()) body[name] = value;
	}
	if (!Object.keys(body).length)
		throw new NodeOperationError(context.getNode(), 'The contact is empty; give a name and a company, or a LinkedIn profile.', {
			itemIndex,
		});
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	body.enrichmentType = TYPES[operation] ?? (context.getNodeParameter('enrichmentType', itemIndex) as string);
	if (options.forceRefresh) body.forceRefresh = true;
	if (options.maxCostUsd) body.maxCostUsd = options.maxCostUsd;
	if (options.waterfall) body.waterfall = options.waterfall;
	const providers = String(options.providers ?? '').split(',').map((one) => one.trim()).filter(Boolean);
	if (providers.length) body.providers = providers;
	if (options.metadata) body.metadata = metadataOf(context, options.metadata, itemIndex);
	return await json(context, {
		method: 'POST',
		path: '/enrich',
		body,
		headers: { 'Idempotency-Key': idempotencyKey(context, itemIndex, body) },
		deadline: deadlineOf(context, itemIndex),
		itemIndex,
	});
}

function metadataOf(context: IExecuteFunctions, given: unknown, itemIndex: number): IDataObject {
	try {
		const value = (typeof given === 'string' ? JSON.parse(given) : given) as IDataObject;
		if (value && typeof value === 'object' && !Array.isArray(value)) return value;
	} catch {
		// Said below.
	}
	throw new NodeOperationError(context.getNode(), 'Metadata must be a JSON object.', { itemIndex });
}

async function wait(context: IExecuteFunctions, run: IDataObject, itemIndex: number): Promise<IDataObject> {
	const deadline = deadlineOf(context, itemIndex);
	const path = `/enrich/${String(run.runId)}`;
	let seen = run;
	while (!ENDED.includes(String(seen.status))) {
		const hold = Math.floor(Math.min(HOLD_SECONDS, (deadline - Date.now()) / 1000));
		if (hold < 1)
			throw new NodeOperationError(
				context.getNode(),
				`The run ${String(run.runId)} has not ended in time; it goes on, and Run > Get reads it later.`,
				{ itemIndex },
			);
		const begun = Date.now();
		const answer = await send(context, { path, qs: { wait: hold }, timeout: (hold + 30) * 1000, deadline, itemIndex });
		seen = JSON.parse(answer.body.toString()) as IDataObject;
		// A server that held the request is asked again at once.
		if (!ENDED.includes(String(seen.status)) && Date.now() - begun < hold * 500)
			await sleep(Number(answer.headers['retry-after']) * 1000 || POLL_MS);
	}
	return seen;
}

function deadlineOf(context: IExecuteFunctions, itemIndex: number): number {
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	return Date.now() + Number(options.timeoutSeconds ?? 600) * 1000;
}

function resultOf(context: IExecuteFunctions, run: IDataObject | Error, item: number): INodeExecutionData {
	if (run instanceof Error) return { json: { error: run.message }, pairedItem: { item } };
	const isWhole = !(context.getNodeParameter('simplify', item, true) as boolean);
	return { json: isWhole ? run : simplified(run), pairedItem: { item } };
}

function simplified(run: IDataObject): IDataObject {
	const result = (run.result ?? {}) as IDataObject;
	const validation = (result.validation ?? {}) as IDataObject;
	const error = run.error as IDataObject | undefined;
	return {
		runId: run.runId,
		found: run.resultStatus === 'found',
		resultStatus: run.resultStatus,
		email: result.email ?? null,
		emailStatus: validation.status ?? null,
		confidence: result.confidence ?? null,
		phone: result.phone ?? null,
		phoneType: result.phoneType ?? null,
		provider: result.provider ?? result.phoneProvider ?? null,
		creditsUsed: run.creditsUsed,
		cached: run.cached,
		...(error ? { error: error.message } : {}),
		metadata: run.metadata,
	};
}
