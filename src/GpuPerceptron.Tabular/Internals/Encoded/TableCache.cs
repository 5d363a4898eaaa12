using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals.Encoded;

/// <summary>
/// Keeps a table as it was encoded to be streamed, for the next training on the same files: samples, then the
/// <see cref="Manifest"/>, then a footer that ends the file, so that what was not written to its end is no cache.
/// </summary>
/// <param name="key">See <see cref="CacheKey"/>.</param>
internal sealed class TableCache(string key)
{
    private const ulong Magic = 0x31_53_4C_50_4D_53_50_47; // "GPSMPLS1", least byte first
    private const int FooterBytes = 32;
    private const int MostManifestBytes = 256 << 20;

    private readonly string _path = CacheFolder.FileOf(key);

    /// <summary>Opens the table, if it was kept.</summary>
    /// <param name="options">Say how many of its samples stay in memory.</param>
    /// <param name="damage">What is wrong with the file, where something is; it is removed.</param>
    /// <returns>Null where it was not kept, or is damaged.</returns>
    public TrainingTable? Open(ReadOptions options, out string? damage)
    {
        damage = null;
        if (!File.Exists(_path)) return null;
        SampleFile? file = null;
        try
        {
            file = SampleFile.OpenKept(_path, options.Budget.MappedBytes);
            file.Retain();
            var manifest = ReadManifest(file);
            long room = options.ResidentBytes(manifest.Training.Features, manifest.Training.Samples);
            var training = Open(file, manifest.Training, room);
            try
            {
                var validation = manifest.Validation is { } stored ? Open(file, stored, room - training.Bytes) : default;
                CacheFolder.MarkUsed(_path);
                string how = training.Dataset.IsStreamed ? "from where it is streamed" : "from where it was loaded";
                return new TrainingTable(
                    training.Dataset, validation.Dataset, manifest.Schema,
                    [.. manifest.Notes, $"the files are as they were when the table was encoded to {_path}, {how}"])
                {
                    ConstantColumns = manifest.ConstantColumns,
                };
            }
            catch
            {
                training.Dataset.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or PerceptronException)
        {
            damage = $"the table encoded in {_path} was damaged ({SystemMessage.Of(failure)}) and {(Remove() ? "was" : "could not be")} removed; it was read anew";
            return null;
        }
        finally
        {
            file?.Release();
        }
    }

    /// <summary>Keeps a table whose samples are in a file.</summary>
    /// <returns>Where it is kept; null where that failed, which costs no more than time.</returns>
    public string? Keep(TrainingTable table, SampleFile file)
    {
        try
        {
            var manifest = new Manifest(
                Manifest.CurrentVersion, key, table.Schema, table.Notes, table.ConstantColumns,
                Describe(table.Training), table.Validation is { } validation ? Describe(validation) : null);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.Manifest);
            Span<byte> footer = stackalloc byte[FooterBytes];
            long place = file.Reserve(json.Length + FooterBytes);
            BinaryPrimitives.WriteInt64LittleEndian(footer, place);
            BinaryPrimitives.WriteInt64LittleEndian(footer[8..], json.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(footer[16..], XxHash3.HashToUInt64(json));
            BinaryPrimitives.WriteUInt64LittleEndian(footer[24..], Magic);
            file.Write(place, json);
            file.Write(place + json.Length, footer);
            file.Keep(_path);
            return _path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PerceptronException)
        {
            return null;
        }
    }

    private bool Remove()
    {
        try
        {
            File.Delete(_path);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Manifest ReadManifest(SampleFile file)
    {
        Span<byte> footer = stackalloc byte[FooterBytes];
        if (file.Length < FooterBytes) throw new InvalidDataException("it is too short");
        file.Read(file.Length - FooterBytes, footer);
        long place = BinaryPrimitives.ReadInt64LittleEndian(footer), length = BinaryPrimitives.ReadInt64LittleEndian(footer[8..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer[24..]) != Magic) throw new InvalidDataException("its end is missing");
        if (length is < 0 or > MostManifestBytes || place != file.Length - FooterBytes - length)
            throw new InvalidDataException("its length is not what it says");
        byte[] json = new byte[length];
        file.Read(place, json);
        if (XxHash3.HashToUInt64(json) != BinaryPrimitives.ReadUInt64LittleEndian(footer[16..]))
            throw new InvalidDataException("its manifest does not match its checksum");
        var manifest = JsonSerializer.Deserialize(json, ManifestJson.Default.Manifest);
        return manifest is { Version: Manifest.CurrentVersion } && manifest.Key == key
            ? manifest
            : throw new InvalidDataException("it is of another table");
    }

    /// <summary>Checks every block; loads them where they fit.</summary>
    private static (Dataset Dataset, long Bytes) Open(SampleFile file, StoredDataset stored, long room)
    {
        var blocks = stored.Blocks.Select(block => new SampleBlock(
            new StoredRows(file, block.Features, block.Labels, block.SampleWeights), stored.Features, block.Rows)).ToList();
        var dataset = new Dataset(stored.Features, stored.HasSampleWeights, blocks);
        try
        {
            ulong[] checksums = Checksums(dataset);
            int damaged = Enumerable.Range(0, checksums.Length).FirstOrDefault(i => checksums[i] != stored.Blocks[i].Checksum, -1);
            if (damaged >= 0) throw new InvalidDataException($"block {damaged} of {checksums.Length} does not match its checksum");
            return (dataset, dataset.Load(room));
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    private static StoredDataset Describe(Dataset dataset)
    {
        ulong[] checksums = Checksums(dataset);
        return new StoredDataset(dataset.Features, dataset.HasSampleWeights,
            [.. dataset.Blocks.Select((block, i) => new StoredBlock(
                block.Rows, block.Stored!.Features, block.Stored.Labels, block.Stored.SampleWeights, checksums[i]))]);
    }

    private static ulong[] Checksums(Dataset dataset)
    {
        ulong[] checksums = new ulong[dataset.Blocks.Count];
        dataset.ReadParallel((i, block) =>
        {
            var hash = new XxHash3();
            hash.Append(block.FeatureBytes);
            hash.Append(block.Labels);
            hash.Append(MemoryMarshal.AsBytes(block.SampleWeights));
            checksums[i] = hash.GetCurrentHashAsUInt64();
        });
        return checksums;
    }
}
