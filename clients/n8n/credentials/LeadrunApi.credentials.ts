import type { IAuthenticateGeneric, Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

/** The URL of a leadrun and one of its API keys. */
export class LeadrunApi implements ICredentialType {
	name = 'leadrunApi';

	displayName = 'Leadrun API';

	icon: Icon = { light: 'file:../icons/leadrun.svg', dark: 'file:../icons/leadrun.dark.svg' };

	documentationUrl = 'https://leadrun.example/docs/integrations';

	properties: INodeProperties[] = [
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			default: 'http://127.0.0.1:8000',
			placeholder: 'https://leads.acme.example',
			required: true,
			description: 'Where your leadrun answers, without a path',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'A live key looks people up; a test key reaches the sandbox alone and costs nothing',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}', url: '/api/v1/credits' },
	};
}
