import {
	NodeConnectionTypes,
	type IDataObject,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { json, send, type Context } from '../Leadrun/request';
import { isGenuine } from './signature';

const EVENTS = [
	['Batch Completed', 'batch.completed'],
	['Contact of a Job Completed', 'contact.completed'],
	['Endpoint Disabled', 'endpoint.disabled'],
	['Enrichment Cancelled', 'enrichment.cancelled'],
	['Enrichment Completed', 'enrichment.completed'],
	['Enrichment Failed', 'enrichment.failed'],
	['Job Completed', 'job.completed'],
];
const ENDPOINTS = '/webhooks/endpoints';
// How seldom a wrong signature may ask the server whether the secret is another by now.
const SECRET_SECONDS = 60;

interface Kept {
	endpointId?: string;
	secret?: string;
	secretAt?: number;
}

/** Starts a workflow when leadrun reports an event; it registers its URL as an endpoint, and believes signed events alone. */
export class LeadrunTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Leadrun Trigger',
		name: 'leadrunTrigger',
		icon: { light: 'file:../../icons/leadrun.svg', dark: 'file:../../icons/leadrun.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["events"].join(", ")}}',
		description: 'Starts the workflow when a look-up, job or batch ends',
		defaults: { name: 'Leadrun Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'leadrunApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: [
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				options: EVENTS.map(([name = '', value = '']) => ({ name, value })),
				default: ['enrichment.completed', 'enrichment.failed'],
				required: true,
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const url = this.getNodeWebhookUrl('default');
				const events = this.getNodeParameter('events') as string[];
				const { endpoints } = (await json(this, { path: ENDPOINTS })) as { endpoints?: IDataObject[] };
				const wanted = [...events].sort().join();
				const found = endpoints?.find((one) => one.url === url && [...(one.events as string[])].sort().join() === wanted);
				if (!found?.enabled) return false;
				await keep(this, String(found.id));
				return true;
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const body = {
					url: this.getNodeWebhookUrl('default'),
					events: this.getNodeParameter('events') as string[],
					description: `n8n: ${this.getWorkflow().name ?? 'workflow'}`.slice(0, 500),
				};
				const made = await json(this, { method: 'POST', path: ENDPOINTS, body });
				await keep(this, String(made.id));
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const kept = this.getWorkflowStaticData('node') as Kept;
				if (kept.endpointId)
					await send(this, { method: 'DELETE', path: `${ENDPOINTS}/${kept.endpointId}`, expects: [404] });
				delete kept.endpointId;
				delete kept.secret;
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const request = this.getRequestObject();
		if (!request.rawBody) await request.readRawBody?.();
		const body = request.rawBody ?? Buffer.alloc(0);
		const headers = this.getHeaderData() as Record<string, string | undefined>;
		if (!(await isBelieved(this, body, headers))) {
			this.getResponseObject().status(401).json({ error: 'The signature does not match.' });
			return { noWebhookResponse: true };
		}
		const event = JSON.parse(body.toString()) as IDataObject;
		// The same on every retry: a workflow that must not act twice keeps it.
		return { workflowData: [this.helpers.returnJsonArray([{ webhookId: headers['webhook-id'], ...event }])] };
	}
}

/** Keep which endpoint it is, and what signs its events. */
async function keep(context: Context, endpointId: string): Promise<Kept> {
	const kept = context.getWorkflowStaticData('node') as Kept;
	const { secret } = await json(context, { path: `${ENDPOINTS}/${endpointId}/secret` });
	Object.assign(kept, { endpointId, secret, secretAt: Date.now() / 1000 });
	return kept;
}

async function isBelieved(context: IWebhookFunctions, body: Buffer, headers: Record<string, string | undefined>): Promise<boolean> {
	const kept = context.getWorkflowStaticData('node') as Kept;
	if (!kept.endpointId || !kept.secret) return false;
	if (isGenuine(body, headers, [kept.secret])) return true;
	// The secret may have been replaced; strangers must not make us ask too often.
	if (Date.now() / 1000 - (kept.secretAt ?? 0) < SECRET_SECONDS) return false;
	const { secret } = await keep(context, kept.endpointId);
	return isGenuine(body, headers, [String(secret)]);
}
