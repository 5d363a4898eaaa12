using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.Encoded;

/// <summary>
/// Keeps a table as it was encoded to be streamed, for the next training on the same files: samples, then the
/// <see cref="Manifest"/>, then a footer that ends the file, so that what was not written to its end is no cache.
/// </summary>
internal sealed class TableCache
{
    private const ulong Magic = 0x31_53_4C_50_4D_53_50_47; // "GPSMPLS1", least byte first
    private const int FooterBytes = 32;
    private const int MostManifestBytes = 256 << 20;
    private const int PieceBytes = 1 << 20; // that are read at once

    private readonly ReadOptions _options;
    private readonly CacheKey? _key;
    private readonly string? _path;
    private string? _removal; // what was removed, and why, or could not be

    /// <param name="files">The table's files; see <see cref="CacheKey"/>.</param>
    /// <param name="source">The table.</param>
    /// <param name="options">What becomes of it.</param>
    public TableCache(IReadOnlyList<string> files, TableSource source, TableOptions options)
    {
        _options = options.Reading;
        _key = _options.NoCache && !_options.RemoveKept ? null : CacheKey.Of(files, source, options);
        _path = _key is null ? null : CacheFolder.FileOf(_key.Name);
    }

    /// <summary>Opens the table, if it was kept, and brings to memory what fits. One that is damaged, of files that have changed, or not to be kept, is removed.</summary>
    /// <returns>Null where there is none, or none any more.</returns>
    public TrainingTable? Open()
    {
        if (!File.Exists(_path)) return null;
        if (_options.NoCache)
        {
            _removal = $"the table encoded in {_path} {(Remove() ? "was" : "could not be")} removed, as --no-cache asks";
            return null;
        }

        SampleFile? file = null;
        try
        {
            file = SampleFile.OpenKept(_path, _options.Budget.MappedBytes);
            file.Retain();
            var manifest = ReadManifest(file);
            if (manifest.Key != _key!.State)
            {
                _removal = $"the files have changed since the table was encoded to {_path}, which {(Remove() ? "was" : "could not be")} removed; it was read anew";
                return null;
            }

            var schema = manifest.Sparse is { } sparse ? manifest.Schema.WithSparse(ReadFeatures(file, sparse)) : manifest.Schema;
            var (features, samples, nonZeros) = (manifest.Training.Features, manifest.Training.Samples, manifest.Training.NonZeros);
            file.MostMapped = _options.Budget.MappedBytesFor(features, samples, nonZeros);
            long room = _options.ResidentBytes(features, samples, nonZeros);
            var training = Open(file, manifest.Training, room);
            try
            {
                var validation = manifest.Validation is { } stored ? Open(file, stored, room - training.Bytes) : default;
                CacheFolder.MarkUsed(_path);
                string how = training.Dataset.IsStreamed ? "from where it is streamed" : "from where it was loaded";
                return new TrainingTable(
                    training.Dataset, validation.Dataset, schema,
                    [.. manifest.Notes, $"the files are as they were when the table was encoded to {_path}, {how}", .. NotesOnMemory(training.Dataset)])
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
            // What cannot be opened, or read for now, need not be damaged.
            bool isDamaged = failure is not (UnauthorizedAccessException or IOException) || failure is EndOfStreamException;
            _removal = !isDamaged ? $"the table encoded in {_path} cannot be opened ({SystemMessage.Of(failure)}); it was read anew"
                : $"the table encoded in {_path} was damaged ({SystemMessage.Of(failure)}) and {(Remove() ? "was" : "could not be")} removed; it was read anew";
            return null;
        }
        finally
        {
            file?.Release();
        }
    }

    /// <summary>Keeps a table whose samples had to go to a file, brings to memory what fits, and adds to the notes what there is to say of both.</summary>
    /// <param name="encoded">The table.</param>
    /// <param name="spill">Where its samples are.</param>
    public TrainingTable Settle(TrainingTable encoded, SampleSpill spill)
    {
        List<string> notes = [.. encoded.Notes, .. NotesOnMemory(encoded.Training)];
        if (_removal is not null) notes.Add(_removal);
        if (spill.IsOpen)
        {
            MemoryBudget.Tidy(encoded.Training);
            string? place = Keep(encoded, spill.File);
            var training = encoded.Training;
            spill.File.MostMapped = _options.Budget.MappedBytesFor(training.Features, training.Samples, training.NonZeros);
            training.Load(_options.ResidentBytes(training));
            notes.Add("the samples do not fit into memory and are streamed from a file"
                + (place is null ? " that goes at the end" : $", {place}, which stays for the next training; --no-cache keeps none"));
        }

        return encoded with { Notes = notes };
    }

    /// <summary>Says where a training of sparse features takes more than it may, whatever becomes of the samples.</summary>
    private IEnumerable<string> NotesOnMemory(Dataset training)
    {
        long least = MemoryBudget.LeastFor(training.Features, training.Samples, training.NonZeros), most = Math.Max(MemoryBudget.Least, _options.Budget.Bytes);
        if (training.IsSparse && least > most)
            yield return $"a training of so many features takes some {SparseFitter.Count(least / 1_000_000)} MB without its samples, more than the "
                + $"{SparseFitter.Count(most / 1_000_000)} MB that it may";
    }

    /// <summary>Keeps a table whose samples are in a file.</summary>
    /// <returns>Where it is kept; null where it is not to be, or where that failed, which costs no more than time.</returns>
    private string? Keep(TrainingTable table, SampleFile file)
    {
        if (_path is null || _options.NoCache) return null;
        try
        {
            var schema = table.Schema;
            var manifest = new Manifest(
                Manifest.CurrentVersion, _key!.State, schema.Sparse is null ? schema : schema.WithSparse([]), schema.Sparse is { } sparse ? Store(sparse, file) : null,
                table.Notes, table.ConstantColumns, Describe(table.Training),
                table.Validation is { } validation ? Describe(validation) : null);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.Manifest);
            if (json.Length > MostManifestBytes) return null;
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

    private static StoredSparseFeatures Store(SparseFeatures features, SampleFile file)
    {
        var indices = MemoryMarshal.AsBytes(features.Indices);
        var scales = MemoryMarshal.AsBytes(features.Scales);
        long indicesAt = file.Reserve(indices.Length), scalesAt = file.Reserve(scales.Length);
        file.Write(indicesAt, indices);
        file.Write(scalesAt, scales);
        return new StoredSparseFeatures(features.FirstIndex, features.Table, features.Count, indicesAt, scalesAt, ChecksumOf(indices, scales));
    }

    private static SparseFeatures ReadFeatures(SampleFile file, StoredSparseFeatures stored)
    {
        int[] indices = new int[stored.Count];
        double[] scales = new double[stored.Count];
        file.Read(stored.Indices, MemoryMarshal.AsBytes(indices.AsSpan()));
        file.Read(stored.Scales, MemoryMarshal.AsBytes(scales.AsSpan()));
        return ChecksumOf(MemoryMarshal.AsBytes(indices.AsSpan()), MemoryMarshal.AsBytes(scales.AsSpan())) == stored.Checksum
            ? new SparseFeatures(indices, scales, stored.FirstIndex, stored.Table)
            : throw new InvalidDataException("its features do not match their checksum");
    }

    private static ulong ChecksumOf(ReadOnlySpan<byte> indices, ReadOnlySpan<byte> scales)
    {
        var hash = new XxHash3();
        hash.Append(indices);
        hash.Append(scales);
        return hash.GetCurrentHashAsUInt64();
    }

    private bool Remove()
    {
        try
        {
            File.Delete(_path!);
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
        return manifest is { Version: Manifest.CurrentVersion } ? manifest : throw new InvalidDataException("it is of another version");
    }

    /// <summary>Checks every block; loads them where they fit.</summary>
    private (Dataset Dataset, long Bytes) Open(SampleFile file, StoredDataset stored, long room)
    {
        var blocks = stored.Blocks.Select(block => new SampleBlock(
            new StoredRows(file, block.Features, block.Labels, block.SampleWeights) { Sparse = block.Sparse }, stored.Features, block.Rows,
            block.Sparse is null ? FeatureStorage.Float32 : FeatureStorage.Sparse)).ToList();
        var dataset = new Dataset(stored.Features, stored.HasSampleWeights, blocks)
        {
            HasFrequentColumnsFirst = stored.Blocks.Any(block => block.Sparse is not null), // so they were numbered
        };
        try
        {
            ulong[] checksums = Checksums(dataset, ReadStage.Check);
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

    private StoredDataset Describe(Dataset dataset)
    {
        ulong[] checksums = Checksums(dataset, ReadStage.Keep);
        return new StoredDataset(dataset.Features, dataset.HasSampleWeights,
            [.. dataset.Blocks.Select((block, i) => new StoredBlock(
                block.Rows, block.Stored!.Features, block.Stored.Labels, block.Stored.SampleWeights, block.Stored.Sparse, checksums[i]))]);
    }

    private ulong[] Checksums(Dataset dataset, ReadStage stage)
    {
        var report = new StageReport(_options.Progress, stage, dataset.Blocks.Sum(block => block.ByteCount));
        ulong[] checksums = new ulong[dataset.Blocks.Count];
        InParallel.For(checksums.Length, i =>
        {
            checksums[i] = ChecksumOf(dataset.Blocks[i]);
            report.Add(dataset.Blocks[i].ByteCount);
        });
        return checksums;
    }

    /// <summary>The checksum of a block's bytes as they lie in the file: what they mean is not to be relied on before.</summary>
    private static ulong ChecksumOf(SampleBlock block)
    {
        var stored = block.Stored!;
        var hash = new XxHash3();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        if (stored.Sparse is { } sparse)
        {
            Append(sparse.Starts, (block.Rows + 1L) * sizeof(long));
            Append(sparse.Columns, sparse.NonZeros * sizeof(int));
            Append(sparse.Values, sparse.NonZeros * sizeof(float));
        }
        else
        {
            Append(stored.Features, (long)block.Rows * block.RowBytes);
        }

        Append(stored.Labels, block.Rows);
        if (stored.SampleWeights >= 0) Append(stored.SampleWeights, (long)block.Rows * sizeof(float));
        ArrayPool<byte>.Shared.Return(buffer);
        return hash.GetCurrentHashAsUInt64();

        void Append(long start, long length)
        {
            for (long end = start + length; start < end; start += PieceBytes)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(PieceBytes, end - start));
                stored.File.Read(start, piece);
                hash.Append(piece);
            }
        }
    }
}
