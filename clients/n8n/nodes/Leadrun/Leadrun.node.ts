import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { createBatch } from './batches';
import { getRun, lookUp } from './contacts';
import { properties } from './properties';
import { failure, json } from './request';

/** Looks up contacts and files of them, and reads runs and credits. */
export class Leadrun implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Leadrun',
		name: 'leadrun',
		icon: { light: 'file:../../icons/leadrun.svg', dark: 'file:../../icons/leadrun.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Find work e-mail addresses and phone numbers',
		defaults: { name: 'Leadrun' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'leadrunApi', required: true }],
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		if (resource === 'contact') return [await lookUp(this, this.getNodeParameter('operation', 0) as string)];
		const results: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			try {
				if (resource === 'batch') results.push(...(await createBatch(this, item)));
				else {
					const isRun = resource === 'run';
					const found = isRun ? await getRun(this, item) : await json(this, { path: '/credits', itemIndex: item });
					results.push({ json: found, pairedItem: { item } });
				}
			} catch (error) {
				if (!this.continueOnFail()) throw failure(this, error, item);
				results.push({ json: { error: (error as Error).message }, pairedItem: { item } });
			}
		}
		return [results];
	}
}
