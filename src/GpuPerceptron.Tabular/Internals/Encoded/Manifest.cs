using System.Text.Json.Serialization;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.Encoded;

/// <summary>What stands at the end of an encoded table's file: what the rest of it is. See docs/streaming.md.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="Key">See <see cref="CacheKey.State"/>.</param>
/// <param name="Schema">How the samples were encoded; without the features, where these are sparse.</param>
/// <param name="Sparse">These; else null.</param>
/// <param name="Notes">See <see cref="TrainingTable.Notes"/>.</param>
/// <param name="ConstantColumns">See <see cref="TrainingTable.ConstantColumns"/>.</param>
/// <param name="Training">The training samples.</param>
/// <param name="Validation">The samples set aside; null without.</param>
internal sealed record Manifest(
    int Version, string Key, Schema Schema, StoredSparseFeatures? Sparse, IReadOnlyList<string> Notes, IReadOnlyList<string> ConstantColumns,
    StoredDataset Training, StoredDataset? Validation)
{
    /// <summary>Goes up when the format, or what a table is encoded to, changes: files of another version are not looked at.</summary>
    public const int CurrentVersion = 4;
}

/// <summary>Where the schema's sparse features are.</summary>
/// <param name="FirstIndex">See <see cref="SparseFeatures.FirstIndex"/>.</param>
/// <param name="Table">See <see cref="SparseFeatures.Table"/>.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Indices">Where their indices begin, an int32 each.</param>
/// <param name="Scales">Where their scales begin, a float64 each.</param>
/// <param name="Checksum">XXH3 of 64 bits over indices and scales.</param>
internal sealed record StoredSparseFeatures(int FirstIndex, HashedTable? Table, int Count, long Indices, long Scales, ulong Checksum);

/// <summary>Where a dataset's samples are.</summary>
/// <param name="Features">Features a sample.</param>
/// <param name="HasSampleWeights">Whether samples have weights of their own.</param>
/// <param name="Blocks">The samples, in order.</param>
internal sealed record StoredDataset(int Features, bool HasSampleWeights, IReadOnlyList<StoredBlock> Blocks)
{
    /// <summary>Samples in all.</summary>
    public long Samples => Blocks.Sum(block => (long)block.Rows);

    /// <summary>Of sparse samples: values that are not 0.</summary>
    public long NonZeros => Blocks.Sum(block => block.Sparse?.NonZeros ?? 0);
}

/// <summary>Where a block's samples are, in bytes from the file's start.</summary>
/// <param name="Rows">Samples.</param>
/// <param name="Features">Rows of float32, each padded with zeros to 16 bytes, or to 64 where it has more than 256 values; −1 of sparse samples.</param>
/// <param name="Labels">A byte each, 0 or 1.</param>
/// <param name="SampleWeights">float32; −1 without.</param>
/// <param name="Sparse">Sparse features; else null.</param>
/// <param name="Checksum">XXH3 of 64 bits over features (sparse ones' starts, columns, values), labels and weights.</param>
internal sealed record StoredBlock(int Rows, long Features, long Labels, long SampleWeights, StoredSparseRows? Sparse, ulong Checksum);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
