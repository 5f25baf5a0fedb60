// Those fields of CloudNativePG 1.27 and of its plugin barman-cloud that the manifests use: no
// package has their types. A further field is added here, from the reference of the operator.

interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface Ref {
  name: string;
}

interface KeyRef {
  name: string;
  key: string;
}

interface Encoding {
  compression?: "bzip2" | "gzip" | "lz4" | "snappy" | "xz" | "zstd";
  encryption?: "AES256" | "aws:kms";
}

interface Resources {
  requests?: { cpu?: string; memory?: string };
  limits?: { cpu?: string; memory?: string };
}

interface Role {
  name: string;
  ensure?: "present" | "absent";
  login?: boolean;
  superuser?: boolean;
  createdb?: boolean;
  createrole?: boolean;
  inherit?: boolean;
  replication?: boolean;
  bypassrls?: boolean;
  connectionLimit?: number;
  inRoles?: string[];
  passwordSecret?: Ref;
}

interface Plugin {
  name: string;
  enabled?: boolean;
  isWALArchiver?: boolean;
  parameters?: Record<string, string>;
}

interface Owned {
  database: string;
  owner: string;
  secret: Ref;
}

export interface ICluster {
  apiVersion: "postgresql.cnpg.io/v1";
  kind: "Cluster";
  metadata: Metadata;
  spec: {
    instances: number;
    imageCatalogRef?: {
      apiGroup: "postgresql.cnpg.io";
      kind: "ImageCatalog" | "ClusterImageCatalog";
      name: string;
      major: number;
    };
    enablePDB?: boolean;
    priorityClassName?: string;
    affinity?: {
      enablePodAntiAffinity?: boolean;
      podAntiAffinityType?: "preferred" | "required";
      topologyKey?: string;
    };
    topologySpreadConstraints?: {
      topologyKey: string;
      maxSkew: number;
      whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
      labelSelector: { matchLabels: { [key: string]: string } };
      matchLabelKeys?: string[];
    }[];
    storage: { size: string; storageClass?: string };
    walStorage?: { size: string; storageClass?: string };
    resources?: Resources;
    bootstrap:
      | {
          initdb: Owned & {
            postInitApplicationSQLRefs?: { configMapRefs?: KeyRef[]; secretRefs?: KeyRef[] };
          };
        }
      | { recovery: Owned & { source: string; recoveryTarget?: { targetTime?: string } } };
    externalClusters?: { name: string; plugin?: Plugin }[];
    managed?: { roles?: Role[] };
    plugins?: Plugin[];
    postgresql?: {
      parameters?: Record<string, string>;
      synchronous?: {
        method: "any" | "first";
        number: number;
        dataDurability?: "required" | "preferred";
      };
    };
  };
}

export interface IScheduledBackup {
  apiVersion: "postgresql.cnpg.io/v1";
  kind: "ScheduledBackup";
  metadata: Metadata;
  spec: {
    schedule: string;
    cluster: Ref;
    suspend?: boolean;
    immediate?: boolean;
    backupOwnerReference?: "none" | "self" | "cluster";
    method?: "barmanObjectStore" | "volumeSnapshot" | "plugin";
    pluginConfiguration?: { name: string; parameters?: Record<string, string> };
  };
}

export interface IObjectStore {
  apiVersion: "barmancloud.cnpg.io/v1";
  kind: "ObjectStore";
  metadata: Metadata;
  spec: {
    retentionPolicy?: string;
    instanceSidecarConfiguration?: { resources?: Resources };
    configuration: {
      destinationPath: string;
      endpointURL?: string;
      s3Credentials?: { accessKeyId?: KeyRef; secretAccessKey?: KeyRef };
      wal?: Encoding & { maxParallel?: number };
      data?: Encoding & { jobs?: number };
    };
  };
}
