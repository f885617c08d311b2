// Requests to leadrun: sent again when that is safe, and refused in its own words.

import { createHash, randomUUID } from 'node:crypto';
import {
	NodeApiError,
	NodeOperationError,
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IHttpRequestMethods,
	type IHttpRequestOptions,
	type IWebhookFunctions,
	type JsonObject,
} from 'n8n-workflow';

export type Context = IExecuteFunctions | IHookFunctions | IWebhookFunctions;

export interface Call {
	method?: IHttpRequestMethods;
	/** Below `/api/v1`. */
	path: string;
	qs?: IDataObject;
	/** An object is sent as JSON, anything else as it is. */
	body?: IDataObject | Buffer;
	headers?: Record<string, string>;
	/** Until the answer, in milliseconds. */
	timeout?: number;
	/** When to give up, by `Date.now()`. */
	deadline?: number;
	/** Of the input, for the error. */
	itemIndex?: number;
	/** Further statuses that are no error. */
	expects?: number[];
	/** Whether the body is wanted as bytes. */
	binary?: boolean;
}

export interface Answer {
	status: number;
	headers: Record<string, string | undefined>;
	body: Buffer;
}

const MAX_RETRIES = 4;
const FIRST_PAUSE = 500;
const READ_TIMEOUT = 30_000;
const PATIENCE = 120_000;
const AGAIN = [408, 425, 429, 500, 502, 503, 504];

/** Send a request, again after 429 and 503 when they say, and after lost connections; throws NodeApiError. */
export async function send(context: Context, call: Call): Promise<Answer> {
	const { url } = await context.getCredentials('leadrunApi');
	const base = String(url).trim().replace(/\/+$/, '').replace(/\/api\/v1$/, '');
	const isBytes = Buffer.isBuffer(call.body);
	const options: IHttpRequestOptions = {
		method: call.method ?? 'GET',
		url: `${base}/api/v1${call.path}`,
		headers: { ...(call.body && !isBytes ? { 'Content-Type': 'application/json' } : {}), ...call.headers },
		encoding: 'arraybuffer',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		timeout: call.timeout ?? READ_TIMEOUT,
		...(call.qs ? { qs: call.qs } : {}),
		...(call.body ? { body: isBytes ? call.body : JSON.stringify(call.body) } : {}),
	};
	const deadline = call.deadline ?? Date.now() + PATIENCE;
	for (let failures = 0; ; ) {
		let answer: Answer | undefined;
		let broken: unknown;
		try {
			const got = await context.helpers.httpRequestWithAuthentication.call(context, 'leadrunApi', options);
			answer = { status: got.statusCode, headers: got.headers ?? {}, body: Buffer.from(got.body ?? '') };
		} catch (error) {
			broken = error;
		}
		if (answer && (answer.status < 400 || call.expects?.includes(answer.status))) return answer;
		const said = Number(answer?.headers['retry-after']) * 1000;
		const inFlight = answer?.status === 409 && answer.body.includes('idempotency-in-flight');
		const comesBack = !!answer && (inFlight || [429, 503].includes(answer.status)) && said >= 0;
		if (!comesBack) failures += 1;
		const pause = comesBack ? said : FIRST_PAUSE * 2 ** (failures - 1);
		const again = !answer || inFlight || AGAIN.includes(answer.status);
		if (again && failures <= MAX_RETRIES && Date.now() + pause <= deadline) {
			await sleep(pause);
			continue;
		}
		throw answer ? refused(context, answer, call.itemIndex) : unreachable(context, broken, call.itemIndex);
	}
}

/** Send a request and read the JSON of its answer. */
export async function json(context: Context, call: Call): Promise<IDataObject> {
	const answer = await send(context, call);
	const body = parsed(answer.body);
	if (!body)
		throw new NodeOperationError(context.getNode(), 'The answer is not one of leadrun; check the URL of the credential.', {
			itemIndex: call.itemIndex,
		});
	return body;
}

/** Name a request, so that n8n's repetitions of a node submit nothing twice. */
export function idempotencyKey(context: IExecuteFunctions, itemIndex: number, body: IDataObject | Buffer): string {
	const execution = context.getExecutionId();
	if (!execution) return randomUUID();
	const content = Buffer.isBuffer(body) ? body : JSON.stringify(body);
	const place = `${execution}/${context.getNode().id}/${itemIndex}/`;
	return createHash('sha256').update(place).update(content).digest('hex');
}

/** Make n8n's error of whatever was thrown, with the item that it concerns. */
export function failure(context: Context, error: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	return new NodeOperationError(context.getNode(), error as Error, { itemIndex });
}

function parsed(body: Buffer): IDataObject | undefined {
	try {
		const value = JSON.parse(body.toString()) as unknown;
		return value && typeof value === 'object' && !Array.isArray(value) ? (value as IDataObject) : undefined;
	} catch {
		return undefined;
	}
}

function refused(context: Context, answer: Answer, itemIndex?: number): NodeApiError {
	const problem = parsed(answer.body) ?? {};
	const faults = Array.isArray(problem.errors) ? (problem.errors as IDataObject[]) : [];
	const sentences = faults.map((one) => [one.field, one.message].filter(Boolean).join(': '));
	const request = answer.headers['x-request-id'];
	return new NodeApiError(context.getNode(), problem as JsonObject, {
		httpCode: String(answer.status),
		message: String(problem.detail ?? problem.error ?? `leadrun answered ${answer.status}`),
		description: [...sentences, request ? `Request ${request}` : ''].filter(Boolean).join('\n'),
		itemIndex,
	});
}

function unreachable(context: Context, error: unknown, itemIndex?: number): NodeApiError {
	return new NodeApiError(context.getNode(), { message: String((error as Error)?.message ?? error) }, {
		message: 'leadrun gave no answer; check the URL of the credential, and that the server runs',
		itemIndex,
	});
}
