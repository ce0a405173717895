"""The models of web chat and web messaging bodies and their fields, in the notation of `events`.

Written from the API's published description. Where a missing field has an error code of its own rather than the usual
one, it is marked optional here and checked where that code is given. What a flow's version consists of is not looked
into: that part of a deployment only comes back from where it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ChatSkin": ("basic", "modern-caret-skin"),
        "WidgetClient": ("v1", "v2", "v1-http", "third-party"),
        "ChatTarget": ("QUEUE",),
        "ChatBodyType": ("standard", "notice", "member-join", "member-leave", "media-request"),
        "GuestMediaType": ("COBROWSE", "SCREENSHARE"),
        "GuestMediaState": ("PENDING", "ACCEPTED", "DECLINED", "TIMEDOUT", "CANCELLED", "ERRORED"),
        "DeploymentStatus": ("Pending", "Active", "Inactive", "Error", "Deleting"),
        "LabelKey": (
            *("MessengerHomeHeaderTitle", "MessengerHomeHeaderSubTitle", "MessengerLauncherButtonText"),
            *("PushNotificationTitle", "PushNotificationBody"),
        ),
        "SessionPersistence": ("AcrossSubdomains", "DomainOrSubdomainOnly"),
        "LauncherVisibility": ("On", "Off", "OnDemand"),
        "LauncherDisplay": ("IconAndText", "Icon", "Text"),
        "UploadFileType": ("image/jpeg", "image/gif", "image/png"),
        "DisconnectAction": ("Send", "ReadOnly"),
        "NotificationContent": ("IncludeMessagesContent", "ExcludeMessagesContent"),
        "Alignment": ("Auto", "Left", "Right"),
        "PortalRouter": ("Hash", "Browser"),
        "PortalMessage": ("Welcome", "Fallback"),
        "PortalScreen": ("Home", "Category", "SearchResults", "Article"),
        "PortalModule": ("Search", "Categories", "FAQ", "Contact", "Results", "Article", "TopViewedArticles"),
        "SharingChannel": ("Webmessaging", "Voice"),
        "PauseCondition": ("Includes", "DoesNotInclude", "StartsWith", "EndsWith", "Equals"),
        "PageviewTracking": ("Auto", "Once", "Off"),
        "VideoBackground": ("BLUR", "NONE", "IMAGE"),
        "PushProvider": ("APNS", "FCM"),
    }
)


MODELS: Mapping[str, str] = MappingProxyType(
    {
        # Web chat
        "WebChatSettings": "requireDeployment:boolean?",
        "WebChatDeployment": (
            "id? name? description? authenticationRequired:boolean? authenticationUrl? disabled:boolean? "
            "webChatConfig:WebChatConfig? allowedDomains:text[]? flow:DomainEntityRef? selfUri?"
        ),
        "WebChatConfig": "webChatSkin:ChatSkin?",
        "DomainEntityRef": "id? name? selfUri?",
        "WidgetDeployment": (
            "id? name? description? authenticationRequired:boolean? disabled:boolean? flow:DomainEntityRef? "
            "allowedDomains:text[]? clientType:WidgetClient? clientConfig:WidgetClientConfig? selfUri?"
        ),
        "WidgetClientConfig": "v1:WidgetClient1? v2:object? v1-http:WidgetClient1? third-party:object?",
        "WidgetClient1": "webChatSkin:ChatSkin? authenticationUrl?",
        # Guests of web chat
        "CreateWebChatConversationRequest": (
            "organizationId deploymentId? routingTarget:WebChatRoutingTarget? memberInfo:GuestMemberInfo? "
            "memberAuthToken? journeyContext:JourneyContext?"
        ),
        "WebChatRoutingTarget": "targetType:ChatTarget targetAddress skills:text[]? language? priority:integer?",
        "GuestMemberInfo": (
            "displayName? firstName? lastName? email? phoneNumber? avatarImageUrl? customFields:text{}?"
        ),
        "JourneyContext": (
            "customer:JourneyCustomer customerSession:JourneyCustomerSession? triggeringAction:JourneyAction?"
        ),
        "JourneyCustomer": "id idType",
        "JourneyCustomerSession": "id type",
        "JourneyAction": "id actionMap:JourneyActionMap",
        "JourneyActionMap": "id version:number",
        "CreateWebChatMessageRequest": "body? bodyType:ChatBodyType?",
        "WebChatGuestMediaRequest": (
            "id? name? types:GuestMediaType[] state:GuestMediaState communicationId:text? securityKey? selfUri?"
        ),
        # Web messaging: configurations
        "WebDeploymentConfigurationVersion": (
            "id? name version? headlessMode:Toggle? description? languages:text[]? defaultLanguage? "
            "customI18nLabels:CustomI18nLabels[]? messenger:MessengerSettings? position:PositionSettings? "
            "supportCenter:SupportCenterSettings? cobrowse:CobrowseSettings? journeyEvents:JourneyEventsSettings? "
            "authenticationSettings:AuthenticationSettings? video:VideoSettings? "
            "dateCreated:datetime? dateModified:datetime? datePublished:datetime? "
            "lastModifiedUser:AddressableEntityRef? createdUser:AddressableEntityRef? "
            "publishedUser:AddressableEntityRef? status:DeploymentStatus? selfUri?"
        ),
        "Toggle": "enabled:boolean?",
        "AddressableEntityRef": "id? selfUri?",
        "CustomI18nLabels": "language? localizedLabels:LocalizedLabels[]?",
        "LocalizedLabels": "key:LabelKey? value?",
        "MessengerSettings": (
            "enabled:boolean? styles:MessengerStyles? launcherButton:LauncherButtonSettings? "
            "fileUpload:FileUploadSettings? apps:MessengerApps? homeScreen:MessengerHomeScreen? "
            "sessionPersistenceType:SessionPersistence?"
        ),
        "MessengerStyles": "primaryColor?",
        "LauncherButtonSettings": "visibility:LauncherVisibility? displayType:LauncherDisplay? icon:Icon?",
        "Icon": "url?",
        "FileUploadSettings": "enableAttachments:boolean? modes:FileUploadMode[]?",
        "FileUploadMode": "fileTypes:UploadFileType[]? maxFileSizeKB:integer?",
        "MessengerApps": "conversations:ConversationAppSettings? knowledge:Knowledge?",
        "ConversationAppSettings": (
            "enabled:boolean? showAgentTypingIndicator:boolean? showUserTypingIndicator:boolean? autoStart:Toggle? "
            "markdown:Toggle? conversationDisconnect:ConversationDisconnectSettings? conversationClear:Toggle? "
            "humanize:Humanize? notifications:NotificationsSettings? sessionDurationSeconds:integer?"
        ),
        "ConversationDisconnectSettings": "enabled:boolean? type:DisconnectAction?",
        "Humanize": "enabled:boolean? bot:BotMessengerProfile?",
        "BotMessengerProfile": "name? avatarUrl?",
        "NotificationsSettings": "enabled:boolean? notificationContentType:NotificationContent?",
        "Knowledge": "enabled:boolean? knowledgeBase:AddressableEntityRef?",
        "MessengerHomeScreen": "enabled:boolean? logoUrl?",
        "PositionSettings": "alignment:Alignment? sideSpace:integer? bottomSpace:integer?",
        "SupportCenterSettings": (
            "enabled:boolean knowledgeBase:AddressableEntityRef customMessages:SupportCenterCustomMessage[]? "
            "routerType:PortalRouter? screens:SupportCenterScreen[] enabledCategories:SupportCenterCategory[] "
            "labelFilter:SupportCenterLabelFilter? styleSetting:SupportCenterStyleSetting "
            "feedback:SupportCenterFeedbackSettings?"
        ),
        "SupportCenterCustomMessage": "defaultValue type:PortalMessage",
        "SupportCenterScreen": "type:PortalScreen moduleSettings:SupportCenterModuleSetting[]",
        "SupportCenterModuleSetting": (
            "type:PortalModule enabled:boolean "
            "compactCategoryModuleTemplate:SupportCenterCompactCategoryModuleTemplate? "
            "detailedCategoryModuleTemplate:SupportCenterDetailedCategoryModuleTemplate?"
        ),
        "SupportCenterCompactCategoryModuleTemplate": "active:boolean",
        "SupportCenterDetailedCategoryModuleTemplate": (
            "active:boolean sidebar:SupportCenterDetailedCategoryModuleSidebar"
        ),
        "SupportCenterDetailedCategoryModuleSidebar": "enabled:boolean",
        "SupportCenterCategory": "id:uuid? selfUri? image:SupportCenterImage?",
        "SupportCenterImage": "source:SupportCenterImageSource",
        "SupportCenterImageSource": "defaultUrl",
        "SupportCenterLabelFilter": "labels:AddressableEntityRef[]?",
        "SupportCenterStyleSetting": "heroStyle:SupportCenterHeroStyle globalStyle:SupportCenterGlobalStyle",
        "SupportCenterHeroStyle": "backgroundColor textColor image:SupportCenterImage?",
        "SupportCenterGlobalStyle": (
            "backgroundColor primaryColor primaryColorDark primaryColorLight textColor fontFamily"
        ),
        "SupportCenterFeedbackSettings": "enabled:boolean",
        "CobrowseSettings": (
            "enabled:boolean? allowAgentControl:boolean? allowAgentNavigation:boolean? allowDraw:boolean? "
            "maskSelectors:text[]? channels:SharingChannel[]? readonlySelectors:text[]? pauseCriteria:PauseCriteria[]?"
        ),
        "PauseCriteria": "urlFragment? condition:PauseCondition?",
        "JourneyEventsSettings": (
            "enabled:boolean? excludedQueryParameters:text[]? shouldKeepUrlFragment:boolean? "
            "searchQueryParameters:text[]? pageviewConfig:PageviewTracking? clickEvents:SelectorEventTrigger[]? "
            "formsTrackEvents:FormsTrackTrigger[]? idleEvents:IdleEventTrigger[]? "
            "inViewportEvents:SelectorEventTrigger[]? scrollDepthEvents:ScrollPercentageEventTrigger[]? "
            "trackingSettings:TrackingSettings?"
        ),
        "SelectorEventTrigger": "selector eventName",
        "FormsTrackTrigger": "selector formName captureDataOnFormAbandon:boolean captureDataOnFormSubmit:boolean",
        "IdleEventTrigger": "eventName idleAfterSeconds:integer?",
        "ScrollPercentageEventTrigger": "eventName percentage:integer",
        "TrackingSettings": (
            "excludedQueryParameters:text[]? shouldKeepUrlFragment:boolean? searchQueryParameters:text[]? "
            "ipFilters:IpFilter[]?"
        ),
        "IpFilter": "ipAddress? name?",
        "AuthenticationSettings": "enabled:boolean integrationId allowSessionUpgrade:boolean?",
        "VideoSettings": (
            "enabled:boolean? channels:SharingChannel[]? agent:AgentVideoSettings? user:UserVideoSettings?"
        ),
        "AgentVideoSettings": (
            "allowCamera:boolean? allowScreenShare:boolean? allowMicrophone:boolean? background:VideoBackground? "
            "backgroundImage:Icon?"
        ),
        "UserVideoSettings": "allowCamera:boolean? allowScreenShare:boolean? allowMicrophone:boolean?",
        # Web messaging: deployments
        "WebDeployment": (
            "id? name description? allowAllDomains:boolean? allowedDomains:text[]? "
            "supportedContent:SupportedContentReference? snippet? dateCreated:datetime? dateModified:datetime? "
            "lastModifiedUser:AddressableEntityRef? flow:WebDeploymentFlowEntityRef? status:DeploymentStatus? "
            "pushIntegrations:PushIntegration[]? configuration:WebDeploymentConfigurationVersionEntityRef selfUri?"
        ),
        "SupportedContentReference": "id name? selfUri? mediaTypes:object?",
        "WebDeploymentFlowEntityRef": "id name? selfUri? flowDescription? publishVersion:object?",
        "PushIntegration": "id? provider:PushProvider?",
        "WebDeploymentConfigurationVersionEntityRef": "id name? selfUri? version",
        "DeploymentIdentityResolutionConfig": (
            "division:WritableStarrableDivision? resolveIdentities:boolean "
            "externalSource:AddressableEntityRef? automerge:IdentityResolutionAutomergeConfig? selfUri?"
        ),
        "WritableStarrableDivision": "id? name? selfUri?",
        "IdentityResolutionAutomergeConfig": "authenticatedWebMessaging:boolean? webTracking:boolean?",
    }
)
